"""The frames of errors, for programs: where each is, in lines and in UTF-16 units."""

import pytest


def has_columns(worker):
    """Whether this Python knows the columns of a frame."""
    return worker.run("import sys; print(sys.version_info >= (3, 11))").success() == "True\n"


def shown(frame):
    """What the columns of a frame say, on one line."""
    text = frame["source"].encode("utf-16-le")
    return text[2 * frame["column"] : 2 * frame["endColumn"]].decode("utf-16-le")


def test_each_frame_says_where_it_is(worker):
    columns = has_columns(worker)
    worker.run("def f(n):\n    return '😀é', 10 / n", name="tools.py", cell="s.1").success()
    outcome = worker.run("x = 0\nprint(1, f(x))", name="main.py", cell="s.2")
    assert 'File "main.py", line 2, in <module>' in outcome.traceback()
    assert 'File "tools.py", line 2, in f' in outcome.traceback()
    first, last = outcome.details["frames"]
    assert (first["file"], first["line"], first["function"], first["cell"]) == ("main.py", 2, "<module>", "s.2")
    assert (last["file"], last["line"], last["function"], last["cell"]) == ("tools.py", 2, "f", "s.1")
    assert first["source"] == "print(1, f(x))"
    assert last["source"] == "    return '😀é', 10 / n"
    if columns:
        assert (shown(first), shown(last)) == ("f(x)", "10 / n")
        assert first["endLine"] == 2
    else:
        assert "column" not in first


def test_cells_without_a_name_are_called_as_in_the_traceback(worker):
    worker.run("def f(): 1/0").success()
    files = [frame["file"] for frame in worker.run("f()").details["frames"]]
    assert files[0] == "<stdin>"
    assert files[1].startswith("<stdin ")
    assert "cell" not in worker.run("f()").details["frames"][0]


def test_a_range_over_several_lines(worker):
    if not has_columns(worker):
        pytest.skip("this Python knows no columns")
    (frame,) = worker.run("x = (1 +\n   'a')").details["frames"]
    assert (frame["line"], frame["column"], frame["endLine"], frame["endColumn"]) == (1, 5, 2, 6)


@pytest.mark.parametrize(
    ("code", "line", "marked"),
    [("x = 1\nfoo bar", 2, None), ("'😀' + 1 1", 1, None), ("def f():\n  return +", 2, None), ("x = 'é", 1, None)],
)
def test_syntax_errors_have_a_place(worker, code, line, marked):
    outcome = worker.run(code, name="main.py", cell="s.9")
    (frame,) = outcome.details["frames"]
    assert (frame["file"], frame["line"], frame["function"], frame["cell"]) == ("main.py", line, "", "s.9")
    assert frame["source"] == code.split("\n")[line - 1]
    assert 0 <= frame["column"] <= len(frame["source"]) + 1
    assert 'File "main.py", line %d' % line in outcome.traceback()


def test_syntax_errors_of_other_code_come_last(worker):
    frames = worker.run("import ast\nast.parse('1 +')").details["frames"]
    assert frames[0]["file"] == "<stdin>"
    assert frames[-1]["file"] == "<unknown>"
    assert frames[-1]["source"] == "1 +"


def test_causes_and_contexts(worker):
    code = "def f(): 1/0\ntry: f()\nexcept ZeroDivisionError as e:\n    raise ValueError('v')%s"
    for tail in (" from e", ""):
        details = worker.run(code % tail).details
        assert [frame["line"] for frame in details["frames"]] == [4]
        assert (details["cause"]["name"], details["cause"]["value"]) == ("ZeroDivisionError", "division by zero")
        assert [frame["function"] for frame in details["cause"]["frames"]] == ["<module>", "f"]
    assert "cause" not in worker.run(code % " from None").details
    loop = worker.run("e = ValueError(1)\nf = KeyError(2)\ne.__cause__ = f\nf.__cause__ = e\nraise e").details
    assert loop["cause"]["name"] == "KeyError"
    assert "cause" not in loop["cause"]


def test_groups(worker):
    if not has_columns(worker):
        pytest.skip("this Python has no groups")
    code = "try: 1/0\nexcept Exception as e: raise ExceptionGroup('g', [e, ExceptionGroup('h', [KeyError('k')])]) from None"
    details = worker.run(code).details
    zero, inner = details["errors"]
    assert (zero["name"], [frame["line"] for frame in zero["frames"]]) == ("ZeroDivisionError", [1])
    assert inner["errors"][0]["name"] == "KeyError"


def test_a_deep_recursion_has_its_ends(worker):
    frames = worker.run("def f(n):\n    return f(n + 1)\nf(0)").details["frames"]
    assert len(frames) == 100
    assert frames[0]["function"] == "<module>"


def test_errors_in_libraries(worker):
    frames = worker.run("import json\njson.loads('{')").details["frames"]
    assert frames[0]["file"] == "<stdin>"
    assert frames[-1]["file"].endswith("decoder.py")
    assert frames[-1]["source"].strip()
    assert "cell" not in frames[-1]


def test_errors_that_fail_to_describe_themselves(worker):
    outcome = worker.run("class E(Exception):\n    def __str__(self): 1/0\ntry: raise E\nexcept E: raise E")
    assert outcome.details["cause"]["value"] == "<exception str() failed>"
    outcome = worker.run("class E(Exception):\n    @property\n    def __cause__(self): 1/0\nraise E('x')")
    assert outcome.error[0] == "E"


def test_a_name_again_stands_for_the_newer_text(worker):
    worker.run("def old():\n    pass\n    1/0", name="main.py", cell="s.1").success()
    worker.run("def new(): 1/0", name="main.py", cell="s.2").success()
    worker.run("def new(): 1/0", name="main.py", cell="s.3").success()
    old = worker.run("old()").details["frames"][-1]
    assert (old["file"], old["line"]) == ("main.py", 3)
    assert "source" not in old
    assert "cell" not in old
    new = worker.run("new()").details["frames"][-1]
    assert (new["source"], new["cell"]) == ("def new(): 1/0", "s.3")


def test_the_name_is_the_files_name_for_python_too(worker):
    code = "import inspect, traceback, warnings\ndef f(): pass\nprint(inspect.getsource(f), f.__code__.co_filename)"
    assert worker.run(code, name="lesson/main.py").success() == "def f(): pass\n lesson/main.py\n"
    outcome = worker.run("try: 1/0\nexcept Exception:\n  import traceback; traceback.print_exc()", name="main.py")
    assert 'File "main.py", line 1, in <module>\n    try: 1/0' in outcome.stderr
    assert "main.py:1: UserWarning: w" in worker.run("import warnings; warnings.warn('w')", name="main.py").stderr


def test_debuggers_find_the_lines_of_a_named_cell(worker):
    code = "x = 1\nbreakpoint()\ny = 2\nz = 3"
    outcome = worker.run(code, answers=["b 4", "c", "p y", "c"], name="main.py")
    assert "-> z = 3" in outcome.success()
    assert "\n2\n" in outcome.stdout
    # The next text of this name takes its place, in a directory that is gone as well.
    worker.run("import os, shutil\nos.makedirs('gone'); os.chdir('gone'); shutil.rmtree('../gone')").success()
    outcome = worker.run("first = 1\n1/0", name="main.py")
    assert "    1/0" in outcome.traceback()


def test_code_of_a_cell_has_a_hash_as_other_code_has(worker):
    code = "import sys\nmonitoring = sys._getframe().f_code\nprint(hash(monitoring) == hash(monitoring))"
    assert worker.run(code).success() == "True\n"
