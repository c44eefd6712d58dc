"""What people paste from notebooks and prompts."""

import pytest
from shown import only, plain


@pytest.mark.parametrize(
    "code, output",
    [
        ("!echo hello", "hello\n"),
        ("print('a')\n!echo b\nprint('c')", "a\nb\nc\n"),
        ("if True:\n    !echo in", "in\n"),
        ("for i in range(2):\n    ! echo $i {i} $HOME_IS_NOT\n", "0 0\n1 1\n"),
        ("!!echo twice", "twice\n"),
        ("!echo it\\'s", "it's\n"),
        ("!echo 'a  b' \\\n   c", "a  b c\n"),
        ("lines = !printf 'x\\ny\\n'\nprint(lines)", "['x', 'y']\n"),
        ("%matplotlib inline\nprint(1)", "1\n"),
        ("%matplotlib\n%pylab inline\nprint(2)", "2\n"),
        (">>> x = 1\n>>> if x:\n...     print('yes')\n...\nyes\n>>> print(x)\n1", "yes\n1\n"),
        ("In [1]: x = 3\n\nIn [2]: for i in range(x):\n   ...:     print(i)\n", "0\n1\n2\n"),
        ("    >>> print('indented')", "indented\n"),
        ("await_ = 1\n!echo async\nimport asyncio\nawait asyncio.sleep(0)", "async\n"),
    ],
)
def test_lines_of_notebooks_are_carried_out(worker, code, output):
    outcome = worker.show(code)
    assert outcome.success() == output, outcome.stderr


def test_the_last_expression_of_a_session_is_shown(worker):
    assert only(worker.show(">>> x = 41\n>>> x + 1\n42")) == plain("42", main=True)
    assert only(worker.show("%matplotlib inline\n'value'")) == plain("'value'", main=True)


def test_what_stands_in_a_text_stays_as_it_is(worker):
    text = "\n%pip install x\n!ls\n>>> 1\n"
    assert worker.show('print(end="""%s""")\n!true' % text).success() == text


@pytest.mark.parametrize(
    "code, instead",
    [
        ("%timeit x", "timeit.timeit"),
        ("x = 1\n%time f()", "perf_counter"),
        ("%%time\nf()", "perf_counter"),
        ("%cd /tmp", "os.chdir"),
        ("%load_ext autoreload", "no extensions"),
        ("%%writefile a.py\nx", "open('file', 'w')"),
        ("%unheard_of", "write it as Python code"),
        ("x = %env HOME", "os.environ"),
        ("print?", "help(print)"),
        ("?print", "help(print)"),
        ("a.b??", "help(a.b)"),
    ],
)
def test_every_other_magic_says_what_to_write_instead(worker, code, instead):
    outcome = worker.show(code)
    assert outcome.error[0] == "SyntaxError" and instead in outcome.error[1], outcome.error
    line = next(i for i, line in enumerate(code.split("\n"), 1) if set("%?") & set(line))
    assert (
        'File "<stdin>", line %d\n' % line in outcome.error[2]
        and code.split("\n")[line - 1].strip() in outcome.error[2]
    )


def test_other_errors_of_syntax_are_as_ever(worker):
    for code in ["1 +", "x = = 1", "print('a'", "if True:\nx", "5 %", "a ! b", "def f(:", ">>> 1 +"]:
        plain_error = worker.run(code).error if not code.startswith(">") else None
        error = worker.show(code).error
        assert error[0] in ("SyntaxError", "IndentationError")
        if plain_error:
            assert error == plain_error, code


def test_without_results_it_is_an_error_of_syntax(worker):
    assert worker.run("!echo no").error[0] == "SyntaxError"


def test_line_numbers_stay_and_none_of_our_frames_is_seen(worker):
    outcome = worker.show("!true\nx = 1\n!true\n1 / 0")
    assert "line 4, in <module>\n    1 / 0" in outcome.error[2]
    outcome = worker.show("%config Nonsense = 1")
    assert outcome.error[0] == "ValueError" and "InlineBackend.figure_format" in outcome.error[1]
    assert outcome.error[2].count("File ") == 1, outcome.error[2]


def test_a_command_that_fails_is_told_and_the_cell_goes_on(worker):
    outcome = worker.show("!exit 3\nprint('on')")
    assert outcome.success() == "on\n" and "status 3" in outcome.stderr


def test_pip_is_that_of_the_python_that_runs(worker):
    if worker.run("import importlib.util\nprint(importlib.util.find_spec('pip'))").success() == "None\n":
        pytest.skip("this Python has no pip")
    outcome = worker.show("%pip --version\n!pip --version")
    first, second = outcome.success().splitlines()
    assert first == second and first.startswith("pip ")


def test_an_interrupt_ends_a_command(worker):
    worker.begin("!echo on; sleep 600", results=1 << 20)
    worker.wait_for("on")
    assert worker.interrupt().is_interrupted
