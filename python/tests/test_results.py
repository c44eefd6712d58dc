"""Rich results: the value of the last expression, and what code displays."""

import base64
import json

import pytest
from host import RESULT, STDERR, STDOUT
from shown import FORMS, only, plain


def test_the_last_expression_is_shown(worker):
    assert only(worker.show("40 + 2")) == plain("42", main=True)
    assert only(worker.show("x = 1\n'text'")) == plain("'text'", main=True)
    assert only(worker.show("x = 5\n(x +\n 1)  # why")) == plain("6", main=True)
    assert only(worker.show("from __future__ import annotations\n_")) == plain("6", main=True)
    assert only(worker.show('"a docstring is a value, too"'))["main"]


def test_what_is_no_last_value_is_not_shown(worker):
    for code in [
        "x = 1",
        "None",
        "1;",
        "1 ; # quiet",
        "(1\n);",
        "f'ä€😀';",
        "1\nx = 2",
        "if True: 1",
        "def f(): 1",
        "# nothing",
        "print('only text')",
        "1 \\\n;",
    ]:
        outcome = worker.show(code)
        outcome.success()
        assert outcome.results == [], code
    assert only(worker.show("'a;'  # ;")) == plain("'a;'", main=True)


def test_without_being_asked_nothing_is_shown_and_nothing_is_there(worker):
    outcome = worker.run("import builtins\nprint('display' in vars(builtins), '_' in vars(builtins))\n1")
    assert outcome.success() == "False False\n"
    assert outcome.results == []
    # A context that had results before prints what it would show.
    worker.show("1")
    outcome = worker.run("display(2)\n3")
    assert outcome.success() == "2\n"
    assert outcome.results == []


def test_a_top_level_await_is_a_last_expression(worker):
    code = "import asyncio\nasync def f():\n    await asyncio.sleep(0)\n    return 7\nawait f()"
    assert only(worker.show(code)) == plain("7", main=True)


def test_underscore_is_the_last_value_unless_code_has_its_own(worker):
    worker.show("6 * 7")
    assert worker.show("print(_)").success() == "42\n"
    assert worker.show("None").results == []
    assert worker.show("print(_)").success() == "42\n"
    assert worker.show("_ = 'mine'\n9").success() == ""
    assert worker.show("print(_)").success() == "mine\n"


def test_the_order_of_text_and_results_is_exact(worker):
    code = """
import os, sys
for i in range(40):
    print('a', i, end='')
    display(i)
    sys.stderr.write('b')
    display(i)
    os.write(1, b'c')
    display(i)
    os.system('printf d')
    display(i)
'end'
"""
    outcome = worker.show(code)
    outcome.success()
    joined = []
    for kind, what in outcome.pieces:
        if kind != RESULT and joined and joined[-1][0] == kind:
            joined[-1] = kind, joined[-1][1] + what
        else:
            joined.append((kind, what if kind != RESULT else what["data"]["text/plain"]))
    expected = []
    for i in range(40):
        for kind, text in [(STDOUT, "a %d" % i), (STDERR, "b"), (STDOUT, "c"), (STDOUT, "d")]:
            expected += [(kind, text), (RESULT, str(i))]
    assert joined == [*expected, (RESULT, "'end'")]


def test_each_method_gives_its_form(worker):
    result = only(worker.show(FORMS + "Forms()"))
    assert result["data"] == {
        "text/html": "<b>html</b>",
        "image/svg+xml": "<svg/>",
        "image/png": base64.b64encode(b"png").decode(),
        "image/jpeg": base64.b64encode(b"jpeg").decode(),
        "text/markdown": "*md*",
        "text/latex": "$x$",
        "application/json": {"a": [1, None, None, "ä\ud800"]},
        "text/plain": "plain",
    }
    assert result["metadata"] == {"image/png": {"width": 3}}


def test_a_mimebundle_comes_first_and_the_methods_fill_it(worker):
    code = (
        FORMS
        + """
class Bundle(Forms):
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {'text/html': 'mine', 'application/x-own': {'b': 1}, 'text/latex': None}, {'text/html': {'isolated': True}}
Bundle()"""
    )
    result = only(worker.show(code))
    assert result["data"]["text/html"] == "mine"
    assert result["data"]["application/x-own"] == {"b": 1}
    assert result["data"]["text/latex"] == "$x$"
    assert result["metadata"] == {"text/html": {"isolated": True}, "image/png": {"width": 3}}


def test_a_form_that_fails_is_reported_in_one_line_and_the_others_count(worker):
    code = """
class Failing:
    def _repr_html_(self): raise ValueError('no\\nhtml')
    def _repr_png_(self): return 7
    def _repr_json_(self): return object()
    def _repr_latex_(self): raise NotImplementedError
    def _repr_markdown_(self): return None
    def _repr_svg_(self): return '<svg/>'
    def __repr__(self): raise KeyError('k')
Failing()"""
    outcome = worker.show(code)
    result = only(outcome)
    assert result["data"].pop("text/plain").startswith("<__main__.Failing object at 0x")
    assert result["data"] == {"image/svg+xml": "<svg/>"}
    assert outcome.stderr.splitlines() == [
        "codecell: Failing._repr_html_ failed: ValueError: no html",
        "codecell: Failing._repr_png_ failed: TypeError: it gave int for image/png, not a string",
        "codecell: Failing.__repr__ failed: KeyError: 'k'",
        "codecell: application/json can't be sent: TypeError: a value of type object is not JSON",
    ]


def test_of_a_mimebundle_too_only_what_is_wrong_is_left_out(worker):
    code = """
class Bundle:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {'text/html': 1, 5: 'x', 'text/latex': b'bytes', 'image/png': memoryview(b'png'), 'application/json': {float('nan'): float('inf'), 1.5: 2}}
    def __repr__(self): return 'plain'
Bundle()"""
    outcome = worker.show(code)
    json = {"nan": None, "1.5": 2}
    assert only(outcome)["data"] == {"image/png": "cG5n", "application/json": json, "text/plain": "plain"}
    assert outcome.stderr.splitlines() == [
        "codecell: Bundle._repr_mimebundle_ failed: TypeError: it gave int for text/html, not a string",
        "codecell: Bundle._repr_mimebundle_ failed: TypeError: it gave int for a MIME type, not a string",
        "codecell: Bundle._repr_mimebundle_ failed: TypeError: it gave bytes for text/latex, not a string",
    ]


def test_what_a_method_prints_comes_before_its_form(worker):
    outcome = worker.show(
        "class Loud:\n    def _repr_html_(self):\n        print('loud', end='')\n        return '<b>'\nLoud()"
    )
    assert outcome.success() == "loud" and [kind for kind, _ in outcome.pieces] == [STDOUT, RESULT]


def test_what_has_any_method_and_what_is_a_class_has_no_forms(worker):
    assert list(only(worker.show("from unittest.mock import Mock\nMock()"))["data"]) == ["text/plain"]
    assert list(only(worker.show(FORMS + "Forms"))["data"]) == ["text/plain"]
    code = "class Any:\n    def __getattr__(self, name): raise RuntimeError(name)\nAny()"
    assert list(only(worker.show(code))["data"]) == ["text/plain"]


def test_long_containers_are_broken_at_the_width_of_the_terminal(worker):
    value = "{'name %d' % i: list(range(i)) for i in range(12)}"
    wide = only(worker.show(value, envs={"COLUMNS": "300"}))["data"]["text/plain"].splitlines()
    narrow = only(worker.show(value, envs={"COLUMNS": "40"}))["data"]["text/plain"].splitlines()
    assert 1 < len(wide) < len(narrow)
    assert max(map(len, narrow)) <= 40 < max(map(len, wide)) <= 300
    assert only(worker.show(value, envs={"COLUMNS": "no number"}))


@pytest.mark.parametrize(
    "value",
    [
        "list(range(300))",
        "(['a' * 80, 'b'],)",
        "{'k': {'n' * 30: {1, 2, 3}}, 'e': frozenset(range(60)), 'empty': [], 'one': ('x' * 60,)}",
        "[[[[[['deep' * 5] * 3] * 2] * 2] * 2], 'ä\\n']",
    ],
)
def test_lines_change_nothing_but_the_space_between_values(worker, value):
    shown = only(worker.show(value))["data"]["text/plain"]
    assert "\n" in shown
    assert shown.split() == repr(eval(value)).split()


def test_a_container_that_holds_itself_is_shown(worker):
    shown = only(worker.show("a = list(range(100))\na[50] = a\na"))["data"]["text/plain"]
    assert "49, [...], 51" in " ".join(shown.split())


def test_a_result_that_is_too_large_says_so(worker):
    outcome = worker.show(
        "display({'text/html': 'x' * 9000, 'text/plain': 'p'}, raw=True, display_id='d')\n'kept'", most=8192
    )
    outcome.success()
    large, kept = outcome.results
    assert list(large["data"]) == ["text/plain"] and large["displayId"] == "d"
    text = large["data"]["text/plain"]
    assert "9,0" in text and "8,192" in text and "--max-result" in text and "text/html (9,000)" in text
    assert kept == plain("'kept'", main=True)


def test_a_picture_of_ten_megabytes_arrives_whole(worker):
    outcome = worker.show("display({'image/png': bytes(range(256)) * 40_000}, raw=True)")
    picture = base64.b64decode(only(outcome)["data"]["image/png"])
    assert picture == bytes(range(256)) * 40_000


def test_threads_show_results_while_their_run_goes_on(worker):
    code = """
import threading
def work(n):
    for i in range(50): display((n, i))
threads = [threading.Thread(target=work, args=(n,)) for n in range(4)]
for thread in threads: thread.start()
for thread in threads: thread.join()
"""
    outcome = worker.show(code)
    outcome.success()
    shown = [
        tuple(json.loads(result["data"]["text/plain"].replace("(", "[").replace(")", "]")))
        for result in outcome.results
    ]
    for n in range(4):
        assert [pair for pair in shown if pair[0] == n] == [(n, i) for i in range(50)]


def test_a_thread_that_an_earlier_run_left_behind_shows_nothing(worker):
    code = """
import threading
go, done = threading.Event(), threading.Event()
def late():
    go.wait()
    display('late')
    done.set()
threading.Thread(target=late).start()
"""
    worker.show(code).success()
    assert only(worker.show("go.set()\ndone.wait()\n'now'")) == plain("'now'", main=True)


def test_a_forked_child_prints_what_it_shows(worker):
    code = """
import os
child = os.fork()
if child == 0:
    display('child')
    os._exit(0)
os.waitpid(child, 0)
'parent'"""
    outcome = worker.show(code)
    assert outcome.stdout == "'child'\n"
    assert only(outcome) == plain("'parent'", main=True)


def test_an_interrupt_ends_a_repr_that_does_not(worker):
    worker.begin(
        "class Endless:\n    def __repr__(self):\n        print('in')\n        while True: pass\nEndless()",
        results=1 << 20,
    )
    worker.wait_for("in")
    outcome = worker.interrupt()
    assert outcome.is_interrupted and outcome.error[0] == "KeyboardInterrupt"
    assert only(worker.show("1")) == plain("1", main=True)


def test_an_exit_in_a_repr_is_an_exit(worker):
    assert worker.show("class Exits:\n    def __repr__(self): raise SystemExit(3)\nExits()").error[0] == "SystemExit"


def test_code_can_take_the_names_and_break_the_modules(worker):
    code = """
import json, base64, pprint, sys
json.dumps = json.JSONEncoder = base64.b64encode = pprint.pformat = None
sys.modules['json'] = sys.modules['pprint'] = sys.modules['base64'] = None
display = 5
class Picture:
    def _repr_png_(self): return b'png'
Picture()"""
    assert only(worker.show(code))["data"]["image/png"] == "cG5n"
    assert only(worker.show("list(range(100))"))["main"]
    assert worker.show("print(display)").success() == "5\n"


def test_results_come_also_while_a_tracer_is_on(worker):
    code = "import sys\nprint('a')\nsys.settrace(lambda *_: None)\nprint('b')\ndisplay(1)\nprint('c')\n2"
    outcome = worker.show(code)
    outcome.success()
    assert [
        what if kind == STDOUT else what["data"]["text/plain"]
        for kind, what in outcome.pieces
        if kind in (STDOUT, RESULT)
    ] in (
        ["a\nb\n", "1", "c\n", "2"],
        ["a\n", "b\n", "1", "c\n", "2"],
    )


def test_line_numbers_of_errors_are_those_of_the_cell(worker):
    outcome = worker.show("x = 1\n\nx.missing")
    assert 'File "<stdin>", line 3, in <module>\n    x.missing' in outcome.error[2]
    outcome = worker.show("def f():\n    1 / 0\n(1 +\n f())")
    assert 'File "<stdin>", line 4, in <module>' in outcome.error[2], outcome.error[2]


def test_nothing_is_imported_for_user_code(worker):
    seen = worker.show("import sys\nbefore = set(sys.modules)\ndisplay(list(range(200)))\nset(sys.modules) - before")
    seen.success()
    assert seen.results[-1]["data"]["text/plain"] == "set()"


@pytest.mark.parametrize("text", ["\ud800", 'quote " and \\ and \n', "\u2028 \x00 \x7f", "😀ä"])
def test_any_text_arrives(worker, text):
    assert (
        only(worker.show("display({'text/plain': %r, %r: 1}, raw=True)" % (text, "x/" + text)))["data"]["text/plain"]
        == text
    )


def test_a_child_process_has_none_of_it(worker, python):
    code = (
        "import subprocess, os\nprint(subprocess.run([%r, '-c', 'print(\"display\" in dir(__builtins__))'], stdout=-1).stdout)"
        % python
    )
    assert worker.show(code).success() == "b'False\\n'\n"
