"""A worker looks like an ordinary Python."""

import subprocess


def test_flags_are_those_of_an_ordinary_python(worker):
    plain = subprocess.run([worker.python, "-c", "import sys; print(sys.flags)"], env={}, stdout=-1, check=True).stdout
    code = """import subprocess, sys
flags = sys.flags
print(flags)
assert isinstance(flags, tuple) and len(flags) == flags.n_sequence_fields and flags[0] == flags.debug == 0
assert (type(flags).__name__, type(flags).__module__) == ('flags', 'sys')
assert subprocess._args_from_interpreter_flags() == []
assert getattr(sys, 'orig_argv', [sys.executable]) == [sys.executable]"""
    assert worker.run(code).success() == plain.decode()


def test_child_pythons_find_what_is_installed(worker):
    code = """import multiprocessing, subprocess, sys
child = 'import site, sys; print(sys.flags.isolated, sys.flags.no_site, site.ENABLE_USER_SITE)'
subprocess.run([sys.executable, *subprocess._args_from_interpreter_flags(), '-c', child], check=True)
process = multiprocessing.get_context('spawn').Process(target=exec, args=(child,))
process.start(); process.join()"""
    assert worker.run(code).success() == "0 0 True\n" * 2


def test_context_variables_last_from_cell_to_cell(worker):
    assert (
        worker.run("from contextvars import ContextVar\nimport asyncio\nv = ContextVar('v', default=0)").success() == ""
    )
    assert worker.run("v.set(6)\nawait asyncio.sleep(0)").success() == ""
    assert worker.run("print(v.get())").success() == "6\n"
    assert worker.run("v.set(7)").success() == ""
    assert worker.run("print(v.get())\nawait asyncio.sleep(0)\nv.set(8)\n1/0").stdout == "7\n"
    assert worker.run("print(v.get())\nawait asyncio.sleep(0)").success() == "8\n"
    # What another task does stays its own, as everywhere.
    assert worker.run("async def f(): v.set(9)\nawait asyncio.create_task(f())").success() == ""
    assert worker.run("print(v.get())").success() == "8\n"


def test_decimals_context_lasts(worker):
    assert worker.run("import asyncio, decimal\ndecimal.getcontext().prec = 5\nawait asyncio.sleep(0)").success() == ""
    assert worker.run("print(decimal.Decimal(1) / 3)").success() == "0.33333\n"
    code = "decimal.setcontext(decimal.Context(prec=3))\nawait asyncio.sleep(0)"
    assert worker.run(code).success() == ""
    assert worker.run("print(decimal.Decimal(1) / 3)").success() == "0.333\n"


def test_a_forked_child_ends_as_a_script_does(worker):
    rows = [
        ("sys.exit()", "0", ""),
        ("sys.exit(4)", "4", ""),
        ("sys.exit(True)", "1", ""),
        ("sys.exit('words')", "1", "words\n"),
        ("1/0", "1", "ZeroDivisionError: division by zero\n"),
    ]
    for end, status, said in rows:
        code = "import os, sys\npid = os.fork()\nif not pid: %s\nprint(os.waitpid(pid, 0)[1] >> 8)" % end
        outcome = worker.run(code)
        assert outcome.success() == status + "\n", end
        assert outcome.stderr.endswith(said) and ("Traceback" in outcome.stderr) == (end == "1/0"), outcome.stderr
