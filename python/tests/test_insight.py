"""Questions about a namespace, in a worker of each Python: between cells, while one runs, and with values that must not be asked."""

import pytest
from host import COMPLETE, INSPECT, VARIABLES

from codecell.insight.describe import source_of
from codecell.sources import Sources

SETUP = '''
import os, math
class Trap:
    "Everything of it fails, and says so."
    def __repr__(self): print("asked"); raise SystemExit
    __str__ = __len__ = __bool__ = __iter__ = __dir__ = __hash__ = __eq__ = __repr__
    def __getattr__(self, name): print("asked"); raise SystemExit
    def __getattribute__(self, name): print("asked"); raise SystemExit
    @property
    def costly(self): print("asked"); raise SystemExit
    def method(self, dx: int, *, dy=0):
        """Moves it.

        By so much.
        """
class Slots:
    __slots__ = ("here", "unset")
    def __init__(self): self.here = [1]
class Meta(type):
    def __getattribute__(cls, name): print("asked"); raise SystemExit
    def __dir__(cls): print("asked"); raise SystemExit
class Odd(metaclass=Meta):
    shared = 1
trap = Trap()
slots = Slots()
numbers = [1, 2, 3]
nested = {"a": [trap, (1,)], "b": {1}}
huge = 10 ** 5000
text = "é" * 500
def greet(name, greeting="hi", *args, loud=False, **kw): pass
def positional(a, /, b): pass
class Parent:
    inherited = 1
    def __init__(self): print("made"); self.own = 1
class Child(Parent):
    def bark(self, loud=True): pass
class Picky:
    def __new__(cls): print("made"); return 5
    def method(self): pass
class Key:
    def __hash__(self): return hash("a")
    def __eq__(self, other): print("compared"); return False
records = {Key(): 1, "a": "text", 5: [1.5], "deep": [{"x": Child}]}
'''


@pytest.fixture(scope="module")
def shared(python, tmp_path_factory):
    """One worker of each Python for all of these questions."""
    from host import Worker

    worker = Worker(python, tmp_path_factory.mktemp("cells"))
    worker.run(SETUP, name="setup.py").success()
    yield worker
    assert worker.run("print('quiet')").success() == "quiet\n"
    worker.close()


def labels(worker, code):
    """The labels of a completion."""
    return [item["label"] for item in worker.ask(COMPLETE, code)["items"]]


def test_variables(shared):
    found = {one["name"]: one for one in shared.ask(VARIABLES)["variables"]}
    assert found["numbers"] == {"name": "numbers", "kind": "variable", "type": "list", "repr": "[1, 2, 3]", "length": 3}
    assert found["nested"]["repr"] == "{'a': [<Trap object>, (…)], 'b': {1}}"
    assert found["trap"] == {"name": "trap", "kind": "variable", "type": "Trap", "repr": "<Trap object>"}
    assert found["huge"]["repr"] == "<int of 16610 bits>"
    assert (found["text"]["length"], len(found["text"]["repr"])) == (500, 103)
    assert (found["os"]["kind"], found["Trap"]["kind"], found["greet"]["kind"]) == ("module", "class", "function")
    assert found["Odd"]["repr"] == "<class Odd>"
    assert not any(name.startswith("_") for name in found)


@pytest.mark.parametrize(
    ("code", "first"),
    [
        ("gre|", ["greet"]),
        ("numb|", ["numbers"]),
        ("trap.m|", ["method"]),
        ("trap.co|", ["costly"]),
        ("slots.he|", ["here"]),
        ("slots.here.app|", ["append"]),
        ("numbers.app|", ["append"]),
        ("Odd.sh|", ["shared"]),
        ("'a'.upp|", ["upper"]),
        ("[1].app|", ["append"]),
        ("{}.item|", ["items"]),
        ("records['a'].upp|", ["upper"]),
        ('records["a"].upp|', ["upper"]),
        ("records[5][-1].is_int|", ["is_integer"]),
        ("records['deep'][0]['x'].ba|", ["bark"]),
        ("numbers[0].bit_l|", ["bit_length"]),
        ("'abc'.upp|", ["upper"]),
        ("text[0].upp|", ["upper"]),
        ("Child().ba|", ["bark"]),
        ("Child( # (\n 'a)', [1]).inh|", ["inherited"]),
        ("records['deep'][0]['x']().bark(lo|", ["loud="]),
        ("dict(a=1).item|", ["items"]),
        ("len(Child().ba|", ["bark"]),
        ("os.path.joi|", ["join"]),
        ("greet(lo|", ["loud="]),
        ("greet('é(', gr|", ["greeting=", "greet"]),
        ("positional(1, b|", ["b="]),
        ("Slots(se|", ["set", "setattr"]),
        ("'😀'; gre|", ["greet"]),
        ("import mat|", ["math"]),
        ("from os import getcw|", ["getcwd", "getcwdb"]),
        ("from os.pa|", ["path"]),
        ("import xml.etr|", ["etree"]),
        ("whi|", ["while"]),
        ("later_name = 1\nprint(later_n|", ["later_name"]),
    ],
)
def test_completions(shared, code, first):
    found = labels(shared, code)
    assert set(first) <= set(found[:8]), found
    if len(first) == 1:
        assert found[0] == first[0], found


@pytest.mark.parametrize(
    "code",
    [
        "# gre|",
        "'gre|",
        "f(1).gre|",
        "trap.costly.|",
        "nothing.|",
        "1.|",
        "x = 'a\\' gre|",
        "greet.a.b.|",
        "lambda: 0.|",
        "Picky().meth|",
        "Odd().sh|",
        "records['none'].|",
        "records[Key()].|",
        "records['a' + ''].|",
        "numbers[7].|",
        "numbers[0:1].|",
        "nested['a'][0]().|",
        "trap['a'].|",
        "greet('a').|",
        "(Child)().ba|",
    ],
)
def test_no_completions(shared, code):
    assert labels(shared, code) == []


def test_the_part_that_is_replaced_counts_in_utf16(shared):
    answer = shared.ask(COMPLETE, "x = '😀'; gre|")
    assert (answer["from"], answer["to"]) == (10, 13)


def test_files_in_strings(shared):
    shared.run("import os\nos.makedirs('data/sub', exist_ok=True)\nopen('data/points.csv', 'w').close()").success()
    assert labels(shared, "open('da|") == ["data/"]
    assert labels(shared, "open('data/|") == ["points.csv", "sub/"]
    answer = shared.ask(COMPLETE, "open('data/po|')")
    assert (answer["from"], answer["to"]) == (11, 13)
    assert labels(shared, 'print("two\nlines da|') == []


def test_inspection(shared):
    said = shared.ask(INSPECT, "trap.meth|od(1)")
    assert (said["from"], said["to"]) == (5, 11)
    assert said["docstring"] == "Moves it.\n\nBy so much."
    assert said["source"].startswith("def method(self, dx: int, *, dy=0):\n")
    assert said["data"]["text/plain"] == said["signature"] + "\n\n" + said["docstring"]
    assert said["signature"].startswith("method(dx")
    assert shared.ask(INSPECT, "greet('a', |)")["signature"] == ("greet(name, greeting='hi', *args, loud=False, **kw)")
    assert shared.ask(INSPECT, "positional|")["signature"] == "positional(a, /, b)"
    assert shared.ask(INSPECT, "Slots|")["source"].startswith("class Slots:\n    __slots__")
    assert shared.ask(INSPECT, "numbers|")["data"]["text/plain"] == "[1, 2, 3]"
    assert shared.ask(INSPECT, "tra|p")["data"]["text/plain"] == "<Trap object>\n\nEverything of it fails, and says so."
    assert "math" in shared.ask(INSPECT, "mat|h")["docstring"]
    assert shared.ask(INSPECT, "Child().ba|rk()")["signature"] == "bark(loud=True)"
    for code in ("nothing|", "trap.costly|", "# greet|", "'greet|'", "1|", "|", "greet('a') + |"):
        assert shared.ask(INSPECT, code) is None, code


def test_the_search_for_a_class_in_its_file_ends_with_the_time_of_the_answer(tmp_path):
    path = tmp_path / "module.py"
    path.write_text("class First:\n" + "".join("    def m%d(self): pass\n" % number for number in range(50)))
    names = {}
    exec(compile(path.read_text(), str(path), "exec"), names)
    names["First"].__name__ = "Other"  # no line of the file begins this class
    looks = []

    class Budget:
        def is_over(self):
            looks.append(1)
            return len(looks) > 10

    assert source_of(names["First"], Sources(), Budget()) == ""
    assert len(looks) == 11
    names["First"].__name__ = "First"
    looks.clear()
    assert source_of(names["First"], Sources(), Budget()).startswith("class First:\n    def m0(self): pass\n")


def test_any_place_of_any_code_has_an_answer(shared):
    code = "def f(a='é\\'', *b):\n  return '''x\n{y}''' + a[0](b.c, d=1)  # z\n\"'😀"
    for offset in range(len(code.encode("utf-16-le")) // 2 + 3):
        assert shared.ask(COMPLETE, code, offset) is not None
        shared.ask(INSPECT, code, offset)


def test_answers_come_while_a_cell_runs(worker):
    worker.run("value = 5").success()
    worker.begin("print('begun')\nmine = 7\nwhile True: pass")
    worker.wait_for("begun")
    for _ in range(5):
        assert labels(worker, "valu|")[0] == "value"
        names = [one["name"] for one in worker.ask(VARIABLES)["variables"]]
        assert "value" in names
    assert worker.interrupt().is_interrupted
    assert worker.run("print(mine)").success() == "7\n"


def test_answers_come_while_input_waits_and_while_nobody_reads_the_output(worker):
    worker.run("value = 5").success()
    worker.begin("while True: print('x' * 1000)")
    # Nothing reads the channel here.
    for _ in range(5):
        assert labels(worker, "valu|")[0] == "value"
    assert worker.interrupt().is_interrupted


def test_answers_come_while_tasks_go_on_between_cells(worker):
    worker.run(
        "import asyncio\nasync def tick():\n    while True: await asyncio.sleep(0.001)\ntask = asyncio.create_task(tick())"
    ).success()
    for _ in range(5):
        assert labels(worker, "tas|")[0] == "task"
    assert worker.run("print(task.done())").success() == "False\n"


def test_forked_children_and_dictionaries_that_change(worker):
    code = "import os\nif os.fork() == 0: os._exit(0)\nos.wait()\nimport threading\nnames = globals()\ndone = threading.Event()\n"
    code += "def change():\n    n = 0\n    while not done.is_set():\n        names['v%d' % (n % 3000)] = n; n += 1\nthreading.Thread(target=change, daemon=True).start()"
    worker.run(code).success()
    for _ in range(20):
        assert worker.ask(VARIABLES)["variables"]
    worker.run("done.set()").success()


def test_a_large_namespace_is_cut_and_answers_fit(worker):
    worker.run("for n in range(5000): globals()['name_%d' % n] = 'x' * 500").success()
    answer = worker.ask(VARIABLES)
    assert answer["truncated"] is True
    assert 0 < len(answer["variables"]) <= 500
    assert len(worker.ask(COMPLETE, "name|")["items"]) <= 200
    long = "x = 1\n" * 100_000 + "name_1|"
    assert worker.ask(COMPLETE, long)["items"][0]["label"] == "name_1"
