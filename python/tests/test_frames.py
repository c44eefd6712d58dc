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


STEPS = [
    (
        "import os\nbreakpoint()\nos.write(1, b'written\\n')\ninput('? ')\nx = 1\ny = 2",
        ["s"] * 4 + ["answer"] + ["s"] * 4 + ["c"],
    ),
    ("import os\nbreakpoint()\ninput('? ')\nx = 1\ny = 2", ["s", "s", "answer", "s", "s", "c"]),
    (
        "import threading\nt = threading.Thread(target=int)\nt.start()\nbreakpoint()\nt.join()\nx = 1",
        ["s"] * 6 + ["r", "c", "c"],
    ),
    ("import os\nbreakpoint()\nos.system('true')\nx = 1", ["s"] * 4 + ["c"]),
    ("import getpass\nbreakpoint()\ngetpass.getpass('? ')\nx = 1", ["s", "s", "answer", "s", "c"]),
]


@pytest.mark.parametrize("code, answers", STEPS)
def test_a_debugger_steps_over_what_is_ours(worker, code, answers):
    outcome = worker.run(code, answers + ["c"] * 5)
    assert "(Pdb)" in "".join(outcome.prompts) + outcome.stdout
    assert "codecell" not in outcome.stdout and "stdin.py" not in outcome.stdout, outcome.stdout
    assert worker.run("print(x)").success() == "1\n"


def test_a_debugger_steps_into_a_callback(worker):
    code = "def inner():\n    secret = 1\n    return secret\nclass P:\n    def __str__(self): return 'p%d ' % inner()\nbreakpoint()\nx = str(P())"
    outcome = worker.run(code, ["s", "s", "s", "s", "s", "s", "c"])
    assert "secret = 1" in outcome.stdout, outcome.stdout


SHOWN = [
    "import traceback\nclass A:\n    def __str__(self): return str(1/0)\ntry: input(A())\nexcept Exception: print(traceback.format_exc())",
    "import logging, io\nclass A:\n    def __str__(self): return str(1/0)\nout = io.StringIO()\nlogging.basicConfig(stream=out)\n"
    "try: input(A())\nexcept Exception: logging.exception('x')\nprint(out.getvalue())",
    "import traceback, os\ntry: os.write(99, b'')\nexcept OSError: print(traceback.format_exc())",
    "import traceback, concurrent.futures\nwith concurrent.futures.ThreadPoolExecutor() as p:\n"
    "    print(''.join(p.submit(traceback.format_stack).result()))",
    "import traceback, multiprocessing.pool\nwith multiprocessing.pool.ThreadPool(1) as p:\n    print(''.join(p.apply(traceback.format_stack)))",
    "import traceback\nclass A:\n    def __str__(self): return ''.join(traceback.StackSummary.extract(traceback.walk_stack(None)).format())\ninput(A())",
]


@pytest.mark.parametrize("code", SHOWN)
def test_tracebacks_that_user_code_formats_have_no_frame_of_ours(worker, code):
    outcome = worker.run(code, [""])
    outcome.success()
    shown = outcome.stdout + "".join(outcome.prompts)
    assert "File " in shown and "codecell" not in shown, shown


PROFILED = """
import cProfile, pstats, io, time, sys
profiler = cProfile.Profile()
profiler.enable()
end = time.monotonic() + 0.3
while time.monotonic() < end: print(end='.')
profiler.disable()
out = io.StringIO()
pstats.Stats(profiler, stream=out).print_stats()
print()
print(out.getvalue())
"""
MONITORED = """
import sys, time
seen = set()
monitoring = sys.monitoring
monitoring.use_tool_id(3, 'mine')
E = monitoring.events
for event in (E.PY_START, E.PY_RESUME, E.PY_RETURN, E.PY_YIELD, E.LINE):
    monitoring.register_callback(3, event, lambda code, *_: seen.add(code.co_filename))
monitoring.set_events(3, E.PY_START | E.PY_RESUME | E.PY_RETURN | E.PY_YIELD | E.LINE)
end = time.monotonic() + 0.3
while time.monotonic() < end: print(end='.')
monitoring.set_events(3, 0)
monitoring.free_tool_id(3)
print()
print(seen)
"""
THREADS_TRACED = """
import sys, threading, time
seen = set()
def tracer(frame, event, argument):
    seen.add(frame.f_code.co_filename)
    return tracer
threading.settrace_all_threads(tracer)
end = time.monotonic() + 0.3
while time.monotonic() < end: print(end='.')
threading.settrace_all_threads(None)
print()
print(seen)
"""


@pytest.mark.parametrize("code", [PROFILED, MONITORED, THREADS_TRACED])
def test_tools_see_no_thread_of_ours(worker, code):
    if code is not PROFILED:
        version = worker.run("import sys\nprint(*sys.version_info[:2])").success().split()
        if tuple(map(int, version)) < (3, 12):
            pytest.skip("this Python has no such tools")
    shown = worker.run(code).success().splitlines()
    assert not any("codecell" in line for line in shown[1:]), "\n".join(shown[1:])
    # The thread is back in the next cell: what has no newline does not wait for the end.
    worker.begin("import time\nprint('now', end='')\nwhile True: time.sleep(1)")
    worker.wait_for("now")
    worker.interrupt()
