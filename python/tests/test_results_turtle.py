"""The stand-in for the module `turtle`, which needs a window."""

import re

import pytest

SVG = "image/svg+xml"


def drawn(outcome):
    """The last picture of a run that went well."""
    outcome.success()
    return outcome.results[-1]["data"][SVG]


def test_a_square_is_one_line(worker):
    outcome = worker.show("import turtle\nfor i in range(4):\n    turtle.forward(100)\n    turtle.left(90)")
    svg = drawn(outcome)
    assert svg.startswith("<svg xmlns=") and 'points="0,0 100,0 100,-100 0,-100 0,0"' in svg
    assert svg.count("<polyline") == 1 and svg.count("<polygon") == 1, "the turtle itself"
    assert outcome.stderr == ""
    # The next run goes on, in its own output.
    more = worker.show("turtle.forward(50)\nturtle.hideturtle()")
    assert "100,0 100,-100 0,-100 0,0 50,0" in drawn(more) and "<polygon" not in drawn(more)
    assert more.results[0]["displayId"] != outcome.results[0]["displayId"]
    assert worker.show("x = turtle.pos()").results == []


def test_the_star_of_the_documentation(worker):
    code = """
from turtle import *
color('red', 'yellow')
begin_fill()
while True:
    forward(200)
    left(170)
    if abs(pos()) < 1:
        break
end_fill()
done()"""
    svg = drawn(worker.show(code))
    assert re.search(r'<polygon points="[^"]*" fill="yellow"', svg) and 'stroke="red"' in svg
    assert svg.index('fill="yellow"') < svg.index("<polyline"), "the shape lies below its line"


def test_positions_and_directions_are_those_of_the_real_module(worker):
    code = """
from turtle import *
t = Turtle()
t.fd(3); t.lt(90); t.fd(4)
assert t.pos() == (3, 4) or abs(t.pos() - Vec2D(3, 4)) < 1e-9
assert round(t.distance(0, 0), 9) == 5 and t.heading() == 90
assert t.towards(3, 10) == 90 and t.towards((3, -10)) == 270
t.setheading(45); t.bk(2); t.rt(45); assert round(t.heading()) == 0
t.home(); assert t.pos() == (0, 0) and t.heading() == 0
t.circle(50); assert abs(t.pos()) < 1e-6 and round(t.heading(), 6) in (0, 360)
t.circle(50, 180); assert abs(t.pos() - Vec2D(0, 100)) < 1e-6 and round(t.heading(), 6) == 180
t.home(); t.circle(-30, 90); assert abs(t.pos() - Vec2D(30, -30)) < 1e-6
t.setx(7); t.sety(8); assert (t.xcor(), t.ycor()) == (7, 8)
t.radians(); t.setheading(3.14159265 / 2); t.degrees(); assert round(t.heading(), 4) == 90
t.penup(); assert not t.isdown(); t.pensize(5); assert t.width() == 5
t.color('blue'); assert t.color() == ('blue', 'blue')
t.fillcolor(1.0, 0.5, 0); assert t.fillcolor() == '#ff8000'
colormode(255); t.pencolor((255, 0, 10)); assert t.pencolor() == '#ff000a'
t.speed('fastest'); assert t.speed() == 0
mode('logo'); u = Turtle(); assert u.heading() == 0; u.fd(10); assert round(u.ycor()) == 10
u.rt(90); assert round(u.heading()) == 90; assert round(u.towards(0, 100)) == 0
assert Vec2D(1, 2) + Vec2D(1, 1) == (2, 3) and Vec2D(1, 0).rotate(90) * Vec2D(0, 1) == 1
c = u.clone(); assert c.pos() == u.pos() and len(turtles()) == 3
print('right')"""
    assert worker.show(code).success() == "right\n"


def test_texts_dots_stamps_and_what_is_taken_back(worker):
    code = """
import turtle
t = turtle.Turtle(visible=False)
t.write('a <b> & "c"', align='center', font=('Courier', 12, 'bold italic'))
t.dot(20, 'blue')
first = t.stamp()
t.fd(10)
t.undo()
t.fd(20)
t.undo()
turtle.Screen().bgcolor('light blue')"""
    svg = drawn(worker.show(code))
    assert (
        "a &lt;b> &amp; &quot;c&quot;</text>" in svg and 'text-anchor="middle"' in svg and 'font-weight="bold"' in svg
    )
    assert '<circle cx="0" cy="0" r="10" fill="blue"/>' in svg and 'fill="lightblue"' in svg
    assert "<polyline" not in svg and svg.count("<polygon") == 1
    assert "<polygon" not in drawn(worker.show("t.clearstamp(first)"))
    assert "<circle" not in drawn(worker.show("t.reset(); t.hideturtle()"))


def test_a_long_drawing_is_seen_while_it_grows(worker):
    code = "import turtle, time\nfor i in range(40):\n    turtle.fd(1)\n    time.sleep(0.01)"
    results = worker.show(code).results
    assert len(results) > 1 and len({result["displayId"] for result in results}) == 1
    assert [result.get("update", False) for result in results] == [False] + [True] * (len(results) - 1)
    assert 'points="0,0 40,0"' in results[-1]["data"][SVG] or "40,0" in results[-1]["data"][SVG]
    assert len(worker.show("turtle.tracer(0)\nfor i in range(300): turtle.fd(1)").results) == 1


def test_timers_run_and_keys_are_told_to_do_nothing(worker):
    code = """
import turtle
s = turtle.Screen()
s.listen(); s.onkey(print, 'a'); s.onkey(print, 'b')
def step(n):
    print(n)
    if n: s.ontimer(lambda: step(n - 1), 1)
s.ontimer(lambda: step(3), 1)
turtle.fd(1)
s.mainloop()"""
    outcome = worker.show(code)
    assert outcome.success() == "3\n2\n1\n0\n" and outcome.stderr.count("keys and clicks") == 1


def test_questions_are_asked(worker):
    code = "import turtle\nprint(turtle.textinput('T', 'name?'), turtle.numinput('T', 'age?', minval=1))"
    outcome = worker.show(code, answers=["Ada", "36"])
    assert outcome.success() == "Ada 36.0\n" and outcome.prompts == ["T: name? ", "T: age? "]


@pytest.mark.parametrize(
    "code, error",
    [
        ("turtle.color('no color!')", "bad color string: no color!"),
        ("turtle.color(1, 2, 3)", "bad color sequence"),
        ("turtle.color('red\"/><script>')", "bad color string"),
        ("turtle.shape('horse')", "There is no shape named horse"),
        ("turtle.getcanvas()", "no canvas of Tk"),
    ],
)
def test_what_is_wrong_is_said(worker, code, error):
    outcome = worker.show("import turtle\n" + code)
    assert outcome.error[0] == "TurtleGraphicsError" and error in outcome.error[1]


def test_odd_numbers_do_no_harm(worker):
    code = "import turtle\nturtle.goto(float('nan'), 1)\nturtle.goto(1e300, 1)\nturtle.write('\\x00\\x1b[1m')\nturtle.home()\nturtle.fd(5)"
    svg = drawn(worker.show(code))
    assert "nan" not in svg and "inf" not in svg and "\x1b" not in svg


def test_a_turtle_of_the_users_own_file_comes_first_and_without_results_there_is_the_real_one(worker):
    assert (
        "codecell"
        not in worker.run("import importlib.util\nprint(importlib.util.find_spec('turtle').origin)").success()
    )
    worker.show("open('turtle.py', 'w').write('mine = 1')").success()
    assert worker.show("import turtle\nprint(turtle.mine)").success() == "1\n"
