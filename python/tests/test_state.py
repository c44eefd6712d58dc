"""What lives on from cell to cell, and what does not."""

import pytest

ACROSS_CELLS = [
    (
        "from contextvars import ContextVar\nimport asyncio\nv = ContextVar('v', default=0); v.set(6)\nawait asyncio.sleep(0)",
        "v.get()",
        "6",
    ),
    ("from contextvars import ContextVar\nv = ContextVar('v', default=0); v.set(6)", "v.get()", "6"),
    (
        "import asyncio, decimal\nawait asyncio.sleep(0)\ndecimal.getcontext().prec = 5",
        "decimal.Decimal(1) / 3",
        "0.33333",
    ),
    ("import decimal\ndecimal.getcontext().prec = 4", "decimal.Decimal(1) / 3", "0.3333"),
    (
        "from contextvars import ContextVar\nimport asyncio\nv = ContextVar('v', default=0)\nasync def f(): v.set(1)\nawait f()",
        "v.get()",
        "1",
    ),
    (
        "from contextvars import ContextVar\nimport asyncio\nv = ContextVar('v', default=0)\nasync def f(): v.set(1)\nawait asyncio.create_task(f())",
        "v.get()",
        "0",
    ),
    (
        "from contextvars import ContextVar\nimport asyncio\nv = ContextVar('v', default=0); v.set(7)\nawait asyncio.sleep(0)\n1/0",
        "v.get()",
        "7",
    ),
]


@pytest.mark.parametrize("first, then, value", ACROSS_CELLS)
def test_context_variables_live_on(worker, first, then, value):
    worker.run(first)
    assert worker.run("print(%s)" % then).success() == value + "\n"
    worker.run("import asyncio\nawait asyncio.sleep(0)").success()
    assert worker.run("print(%s)" % then).success() == value + "\n"
    assert worker.run("await asyncio.sleep(0)\nprint(%s)" % then).success() == value + "\n"


TASKS = "import asyncio\nresults = []\nasync def f(word): await asyncio.sleep(0.01); results.append(word)\n"


@pytest.mark.parametrize(
    "begin",
    [
        "asyncio.create_task(f('x'))",
        "asyncio.ensure_future(f('x'))",
        "asyncio.get_event_loop_policy().get_event_loop().create_task(f('x'))",
    ],
)
def test_a_task_begun_without_await_runs(worker, begin):
    if "policy" in begin:
        ignore = "import warnings\nwarnings.simplefilter('ignore', DeprecationWarning)\n"
        worker.run(ignore + TASKS + "await asyncio.sleep(0)").success()
    outcome = worker.run(TASKS + "task = " + begin)
    assert outcome.success() == "" and outcome.stderr == ""
    outcome = worker.run("await task\nprint(results)")
    assert outcome.success() == "['x']\n" and outcome.stderr == ""


def test_a_task_goes_on_between_cells(worker):
    worker.run(TASKS + "task = asyncio.create_task(f('x'))").success()
    import time

    for _ in range(500):
        if worker.run("print(results)").success() == "['x']\n":
            return
        time.sleep(0.02)
    raise AssertionError("it never ran")


def test_asyncio_run_works_beside_a_task(worker):
    worker.run(TASKS + "task = asyncio.create_task(f('x'))").success()
    assert worker.run("print(asyncio.run(asyncio.sleep(0, 5)))").success() == "5\n"


@pytest.mark.parametrize(
    "loop",
    [
        "while True: os.system('sleep 30')",
        "os.system('sleep 30'); print('never')",
        "os.system('sleep 30; true'); print('never')",
    ],
)
def test_an_interrupt_of_a_command_is_one_of_the_cell(worker, loop):
    worker.begin("import os\nkept = 7\nprint('on', flush=True)\n" + loop)
    worker.wait_for("on")
    import time

    time.sleep(0.2)  # until the command is there; without it, the interrupt would just come before
    outcome = worker.interrupt()
    assert outcome.is_interrupted and "never" not in outcome.stdout, outcome.stdout
    assert outcome.error[0] == "KeyboardInterrupt" and "codecell" not in outcome.error[2]
    assert worker.run("print(kept)").success() == "7\n"


@pytest.mark.parametrize("status", [0, 1, 130])
def test_the_status_of_a_command_is_what_it_was(worker, status):
    assert worker.run("import os\nprint(os.system('exit %d') >> 8)" % status).success() == "%d\n" % status


@pytest.mark.parametrize("call", ["puts(b'from C')", "printf(b'from C\\n')", "write(1, b'from C\\n', 7)"])
def test_what_c_code_prints_is_in_its_own_run(worker, call):
    outcome = worker.run("import ctypes\nlibc = ctypes.CDLL(None)\nprint('before')\nlibc.%s\nprint('after')" % call)
    assert outcome.success() == "before\nfrom C\nafter\n"
    assert worker.run("print('next')").success() == "next\n"


@pytest.mark.parametrize(
    "read, end",
    [("input('stale? ')", "EOFError"), ("sys.stdin.readline()", "''"), ("__import__('getpass').getpass()", "EOFError")],
)
def test_a_thread_of_an_earlier_run_asks_nobody(worker, read, end):
    code = """
import sys, threading
go, seen = threading.Event(), []
def late():
    go.wait()
    try: seen.append(repr(%s))
    except EOFError: seen.append('EOFError')
thread = threading.Thread(target=late); thread.start()
"""
    worker.run(code % read, []).success()
    outcome = worker.run("go.set(); thread.join(); print(input('mine? '), seen)", ["yes"])
    assert outcome.prompts == ["mine? "]
    assert outcome.success() == "yes %s\n" % [end]


def test_a_thread_on_a_queue_is_heard_in_the_run_that_feeds_it(worker):
    code = """
import queue, threading
q = queue.Queue()
def work():
    while True:
        print('got', q.get()); q.task_done()
threading.Thread(target=work, daemon=True).start()
q.put('a'); q.join()
"""
    assert worker.run(code).success() == "got a\n"
    for word in "bcd":
        assert worker.run("q.put(%r); q.join(); print('done')" % word).success() == "got %s\ndone\n" % word


def test_a_log_listener_is_heard_in_the_run_that_logs(worker):
    code = """
import logging, logging.handlers, queue, sys
q = queue.Queue()
class Printer(logging.Handler):
    def emit(self, record): print('log', record.getMessage())
listener = logging.handlers.QueueListener(q, Printer()); listener.start()
log = logging.getLogger('l'); log.propagate = False; log.addHandler(logging.handlers.QueueHandler(q))
"""
    worker.run(code).success()
    assert worker.run("log.error('one'); q.join()").success() == "log one\n"
    assert worker.run("log.error('two'); q.join()").success() == "log two\n"


def test_the_source_of_living_code_is_kept_and_no_other(worker):
    worker.run("import gc, linecache, inspect\ndef first(): return 1/0").success()
    memory = "print(int(open('/proc/self/statm').read().split()[1]) >> 8)"
    big = "x = %d\n#" + "x" * 5_000_000
    worker.run(big % 0).success()
    before = int(worker.run(memory).success())
    for number in range(20):
        worker.run(big % number).success()
    assert int(worker.run(memory).success()) - before < 30
    assert "return 1/0" in worker.run("first()").traceback()
    worker.run("linecache.clearcache()").success()
    assert worker.run("print(inspect.getsource(first))").success() == "def first(): return 1/0\n\n"
    assert "return 1/0" in worker.run("first()").traceback()


def test_many_small_cells_leave_nothing_behind(worker):
    count = "import gc; gc.collect(); print(len(gc.get_objects()))"
    for _ in range(300):
        worker.run("pass")
    before = int(worker.run(count).success())
    for _ in range(300):
        worker.run("pass")
    assert int(worker.run(count).success()) - before < 50
