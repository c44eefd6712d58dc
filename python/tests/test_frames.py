"""User code sees no frame of ours: not by walking the stack, nor with a tracer, a profiler or a debugger."""

import pytest

SEES_NOTHING = [
    "import inspect\nassert len(inspect.stack()) == 1",
    "import sys\nassert sys._getframe().f_back is None",
    "import traceback\nassert len(traceback.extract_stack()) == 1",
    "import sys\nassert sys.exc_info() == (None, None, None)",
    "import sys\nassert not any(name.startswith('codecell') for name in sys.modules)",
    "import sys\nassert not hasattr(sys, 'last_traceback') and not hasattr(sys, 'last_value')",
    "import sys\nassert sys.excepthook is sys.__excepthook__",
    "import threading\nassert threading.current_thread() is threading.main_thread()",
    "import sys, time\ntime.sleep(0.1)\nassert len(sys._current_frames()) == 1",
    "try: 1/0\nexcept Exception as error: assert error.__traceback__.tb_frame.f_back is None",
    "import threading, inspect\nseen = []\nthread = threading.Thread(target=lambda: seen.extend(f.filename for f in inspect.stack()))\n"
    "thread.start(); thread.join()\nassert not any('codecell' in name for name in seen), seen",
]


@pytest.mark.parametrize("code", SEES_NOTHING)
def test_no_frame_is_seen(worker, code):
    worker.run(code).success()


TRACER = """
import sys
seen = []
def tracer(frame, event, argument):
    seen.append(frame.f_code.co_filename)
    return tracer
def g(): return 1
"""


@pytest.mark.parametrize("install", ["sys.settrace", "sys.setprofile"])
def test_a_tracer_lives_on_and_sees_only_user_code(worker, install):
    worker.run(TRACER).success()
    worker.run(f"{install}(tracer)\ng()").success()
    worker.run("g()").success()
    outcome = worker.run(f"{install}(None)\nprint(len(seen) > 3, {{name for name in seen if 'stdin' not in name}})")
    assert outcome.success() == "True set()\n"


@pytest.mark.parametrize(
    "body", ["raise ValueError('from the tracer')", "print('seen', frame.f_code.co_name)", "1/0", "sys.exit(3)"]
)
def test_a_tracer_that_raises_or_prints_costs_only_its_own_run(worker, body):
    worker.run("import sys\nkept = 1\ndef g(): pass\ndef tracer(frame, event, argument):\n    " + body).success()
    worker.run("sys.settrace(tracer)\ng()")
    worker.run("g()")
    assert worker.run("sys.settrace(None)\nprint('off', end=' ')").stdout.endswith("off ")
    assert worker.run("print(kept)").success() == "1\n"


def test_profilers_list_nothing_of_ours(worker):
    code = """
import cProfile, pstats, io
profiler = cProfile.Profile()
profiler.enable()
def work(): return sum(range(1000))
work()
"""
    worker.run(code).success()
    worker.run("work()").success()
    report = worker.run(
        "profiler.disable()\nout = io.StringIO()\npstats.Stats(profiler, stream=out).print_stats()\nprint(out.getvalue())"
    ).success()
    assert "(work)" in report
    assert "codecell" not in report, report


@pytest.mark.parametrize(
    "answers",
    [
        ["n", "n", "n", "n", "q", "y"],  # from Python 3.14 on, it asks whether to quit
        ["c"],
        ["s", "s", "s", "s", "s", "s", "c"],
        [None, "y"],
        ["n"] * 30,
    ],
)
def test_a_debugger_ends_with_its_cell(worker, answers):
    outcome = worker.run("x = 1\nbreakpoint()\ny = 2\nz = 3\nprint('z', z)", answers)
    assert "codecell" not in outcome.stdout, outcome.stdout
    assert worker.run("print(x)").success() == "1\n"


def test_a_debugger_steps_through_functions_of_earlier_cells(worker):
    worker.run("def f(a):\n    b = a + 1\n    return b").success()
    outcome = worker.run("import pdb\npdb.set_trace()\nf(1)\nprint('end')", ["s", "s", "n", "p b", "w", "c"])
    assert "2" in outcome.stdout
    assert "b = a + 1" in outcome.stdout
    assert "codecell" not in outcome.stdout, outcome.stdout


def test_the_next_cell_is_not_debugged(worker):
    worker.run("breakpoint()\nx = 1\ny = 2", ["n", "n", "n", "n"])
    outcome = worker.run("x = 3\nprint(x)")
    assert outcome.success() == "3\n"


def test_a_large_cell_runs_as_well(worker):
    rows = "\n".join("x%d = %d" % (i, i) for i in range(20_000))
    assert worker.run(rows + "\nprint(x19999)").success() == "19999\n"
    outcome = worker.run(rows + "\n1/0")
    assert outcome.error[0] == "ZeroDivisionError"
    assert "line 20001" in outcome.error[2] and "codecell" not in outcome.error[2]
    assert worker.run("print(x5)").success() == "5\n"


@pytest.mark.parametrize(
    "code",
    [
        "'''doc'''\nfrom __future__ import annotations\ndef f(x: nothing): pass\nassert __doc__ == 'doc'",
        "x: int = 3\nimport __main__\nassert __main__.__annotations__['x'] is int",
        "".join("  " * n + "for a%d in [1]:\n" % n for n in range(19)) + "  " * 19 + "assert True",
        "x = " + "+".join(["1"] * 900),
        "",
        "# nothing",
        "import asyncio\nasync with asyncio.Lock(): x = 1",
        "names = [name for name in globals() if 'codecell' in name or not name.isidentifier()]\nassert not names, names",
    ],
)
def test_what_the_guard_must_not_change(worker, code):
    worker.run(code).success()


def test_a_signal_handler_that_raises_between_cells_does_no_harm(worker):
    code = """
import signal
def handler(*_): raise RuntimeError('late')
signal.signal(signal.SIGALRM, handler)
signal.setitimer(signal.ITIMER_REAL, 0.05, 0.01)
"""
    worker.run(code)
    import time

    time.sleep(0.3)  # it goes off while nothing runs
    worker.run("signal.setitimer(signal.ITIMER_REAL, 0)")
    worker.run("signal.setitimer(signal.ITIMER_REAL, 0)")
    assert worker.run("print('on')").stdout == "on\n"
