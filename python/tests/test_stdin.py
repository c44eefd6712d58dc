"""sys.stdin and input()."""

import pytest


def test_stdin_is_of_ios_own_types(worker):
    code = """import sys
s = sys.stdin
print(s, s.buffer, type(s.buffer.raw).__name__)
print(s.name, s.buffer.name, s.mode, s.fileno(), s.isatty(), s.encoding, s.readable(), s.seekable(), s.closed)
print(s is sys.__stdin__)"""
    assert worker.run(code).success() == (
        "<_io.TextIOWrapper name='<stdin>' mode='r' encoding='utf-8'> <_io.BufferedReader name='<stdin>'> FileIO\n"
        "<stdin> <stdin> r 0 False utf-8 True False False\n"
        "True\n"
    )


def test_an_answer_of_several_lines_serves_several_reads(worker):
    code = "import sys\nprint([input('1? '), input('2? '), input('3? '), sys.stdin.readline(), input('4? ')])"
    outcome = worker.run(code, ["a\nb", "c\r\nd\r\n", "e"])
    assert outcome.success() == "2? ['a', 'b', 'c', 'd\\n', 'e']\n"
    assert outcome.prompts == ["1? ", "3? ", "4? "]
    outcome = worker.run("print([input(), input()])", ["\n\n"])
    assert outcome.success() == "['', '']\n"
    outcome = worker.run("import getpass\nprint([getpass.getpass(), input()])", ["secret\nnext\n"])
    assert outcome.success() == "['secret', 'next']\n"


def test_what_a_cell_has_not_read_is_gone(worker):
    assert worker.run("print(input())", ["a\nb\nc"]).success() == "a\n"
    outcome = worker.run("print(input('new? '))", ["d"])
    assert (outcome.success(), outcome.prompts) == ("d\n", ["new? "])


def test_reads_of_all_kinds_share_the_answers(worker):
    code = "import os, sys\nprint(os.read(0, 2), os.read(0, 9), sys.stdin.buffer.readline(), sys.stdin.read())"
    outcome = worker.run(code, ["abc", "d", "é\n", None])
    assert outcome.success() == "b'ab' b'c\\n' b'd\\n' é\n\n"
    code = "import sys\nprint(sys.stdin.read(1), sys.stdin.buffer.raw.readall(), list(sys.stdin))"
    outcome = worker.run(code, ["a", "b", None, None])
    assert outcome.success() == "a b'b\\n' ['\\n']\n"


def test_the_end_of_the_input_is_asked_for_anew(worker):
    code = "try: input('1? ')\nexcept EOFError as e: print(e)\nprint(input('2? '))"
    outcome = worker.run(code, [None, "x"])
    assert outcome.success() == "the client has ended its input\nx\n"


def test_a_child_finds_descriptor_0_empty(worker):
    code = "import subprocess, sys\nprint(subprocess.run(['cat'], stdin=sys.stdin, stdout=-1).stdout, open(0, closefd=False).read() == '')"
    assert worker.run(code, []).success() == "b'' True\n"


def test_a_closed_stdin_is_there_again(worker):
    assert worker.run("import os, sys\nsys.stdin.close(); os.close(0)").success() == ""
    outcome = worker.run("import sys\nprint(input('? '), sys.stdin.fileno())", ["x"])
    assert outcome.success() == "x 0\n"


def test_without_a_handler_it_is_said_who_is_missing(worker):
    for code in ["input('name? ')", "import getpass\ngetpass.getpass()"]:
        error = worker.run(code).error
        assert error[0] == "EOFError"
        assert "onInput" in error[1] and "stdin" not in error[1]
    outcome = worker.run("import sys\nprint([sys.stdin.readline(), sys.stdin.read(), list(sys.stdin)])")
    assert outcome.success() == "['', '', []]\n"
    assert outcome.stderr.count("codecell: sys.stdin is empty") == 1
    assert worker.run("print(1)").stderr == ""


def test_two_threads_may_ask(worker):
    code = """import threading
got = []
threads = [threading.Thread(target=lambda: got.append(input('t'))) for _ in range(2)]
for t in threads: t.start()
for t in threads: t.join()
print(sorted(got))"""
    outcome = worker.run(code, ["1", "2"])
    assert outcome.success() == "['1', '2']\n"
    assert outcome.prompts == ["t", "t"]


def test_a_users_own_stdin_is_read(worker):
    code = "import io, sys\nsys.stdin = io.StringIO('own\\n')\nprint(input('? '), repr(sys.stdin.read()))"
    outcome = worker.run(code, [])
    assert (outcome.success(), outcome.prompts) == ("? own ''\n", [])


@pytest.mark.parametrize("ask", ["input(p)", "getpass.getpass(p)"])
@pytest.mark.parametrize("unit, count", [("x", 300_000), ("\U0001f600", 100_000), ("line\n", 100_000)])
def test_the_beginning_of_a_huge_prompt_is_output(worker, ask, unit, count):
    worker.run("import getpass").success()
    outcome = worker.run(f"p = {unit!r} * {count} + 'who? '\nprint('got', {ask})", ["me"])
    (prompt,) = outcome.prompts
    assert outcome.error is None and len(prompt) == 65536 and prompt.endswith("who? ")
    assert outcome.stdout.endswith("got me\n")
    assert outcome.stdout[: -len("got me\n")] + prompt == unit * count + "who? "


def test_a_prompt_within_the_limit_is_a_prompt(worker):
    outcome = worker.run("input('y' * 65536)", ["me"])
    assert (outcome.success(), len(outcome.prompts[0])) == ("", 65536)
