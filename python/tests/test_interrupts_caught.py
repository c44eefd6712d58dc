"""What user code sees of an interrupt, and interrupts that come where Python drops errors."""

import re
import signal
import time

import pytest

ON = "print('on', flush=True)\n"

CAUGHT = [
    "import time\ntime.sleep(60)",
    "while True: pass",
    "def f():\n    while True: x = 1\nf()",
    "import threading\nthreading.Event().wait()",
    "import threading, time\nt = threading.Thread(target=time.sleep, args=(3,), daemon=True)\nt.start(); t.join()",
    "import queue\nqueue.Queue().get()",
    "import subprocess\nsubprocess.run(['sleep', '3'])",
    "import os\nos.system('sleep 60')",
    "import concurrent.futures as c, time\np = c.ThreadPoolExecutor()\np.submit(time.sleep, 2).result()",
    "import asyncio\nasync def f(): await asyncio.sleep(60)\nasyncio.run(f())",
    "import asyncio\nawait asyncio.sleep(60)",
    "while True: print(end='.')",
]


@pytest.mark.parametrize("code", CAUGHT)
def test_the_traceback_of_a_caught_interrupt_has_no_frame_of_ours(worker, code):
    worker.run("import asyncio, threading, queue, subprocess, concurrent.futures, traceback, sys").success()
    lines = "\n".join("    " + line for line in code.split("\n"))
    worker.begin("try:\n    " + ON + lines + "\nexcept BaseException: print(); traceback.print_exc(file=sys.stdout)")
    worker.wait_for("on\n")
    time.sleep(0.05)
    outcome = worker.interrupt()
    assert "KeyboardInterrupt" in outcome.stdout or "CancelledError" in outcome.stdout, outcome.stdout
    assert "codecell" not in outcome.stdout, outcome.stdout


def test_the_frames_of_a_caught_interrupt_are_those_of_a_plain_python(worker):
    worker.begin(
        "import time\ndef f(): time.sleep(60)\ntry:\n    " + ON + "    f()\n"
        "except KeyboardInterrupt as error:\n    trace, names = error.__traceback__, []\n"
        "    while trace: names.append(trace.tb_frame.f_code.co_name); trace = trace.tb_next\n    print(names)"
    )
    worker.wait_for("on\n")
    time.sleep(0.05)  # it sleeps by now
    assert worker.interrupt().stdout == "on\n['<module>', 'f']\n"


LOSING = [
    ON + "class A:\n    def __del__(self):\n        while True: pass\nA()\nwhile True: pass",
    "class A:\n    def __del__(self): time.sleep(60)\nmany = [A() for _ in range(20)]\n"
    + ON
    + "del many[:]\nwhile True: pass",
    "import weakref\nclass A: pass\na = A()\ndef gone(_):\n    while True: pass\nw = weakref.ref(a, gone)\n"
    + ON
    + "del a\nwhile True: pass",
    "import gc\ndef collected(*_):\n    while True: pass\ngc.callbacks.append(collected)\n"
    + ON
    + "try: gc.collect()\nfinally: gc.callbacks.clear()\nwhile True: pass",
    "def g():\n    try: yield\n    finally:\n        while True: pass\nx = g()\nnext(x)\n"
    + ON
    + "del x\nwhile True: pass",
    "import ctypes\n@ctypes.CFUNCTYPE(None)\ndef called():\n    while True: pass\n" + ON + "called()\nwhile True: pass",
]


# The interrupt may come between two of them as well.
SOMETIMES_LOSING = "class A:\n    def __del__(self):\n        for _ in range(10_000): pass\n" + ON + "while True: A()"


@pytest.mark.parametrize("code", [*LOSING, SOMETIMES_LOSING])
def test_an_interrupt_that_python_drops_is_raised_again(worker, code):
    worker.begin("import time\nkept = 1\n" + code)
    worker.wait_for("on\n")
    time.sleep(0.05)
    outcome = worker.interrupt()
    assert outcome.is_interrupted and outcome.error[0] == "KeyboardInterrupt"
    assert code not in LOSING or "xception ignored" in outcome.stderr, outcome.stderr
    assert "codecell" not in outcome.stderr, outcome.stderr
    assert worker.run("print(kept)").success() == "1\n"


@pytest.mark.parametrize("code", LOSING)
def test_a_hook_of_user_code_does_not_keep_an_interrupt(worker, code):
    hook = "import sys, time\nkept = []\ndef hook(args): kept.append(args.exc_type)\nsys.unraisablehook = hook\n"
    worker.begin(hook + code)
    worker.wait_for("on\n")
    time.sleep(0.05)
    outcome = worker.interrupt()
    assert outcome.is_interrupted and outcome.error[0] == "KeyboardInterrupt" and outcome.stderr == ""
    assert (
        worker.run("print(set(kept), sys.unraisablehook is hook)").success() == "{<class 'KeyboardInterrupt'>} True\n"
    )


def test_an_interrupt_that_user_code_raises_in_a_finalizer_stays_lost(worker):
    code = "class A:\n    def __del__(self): raise KeyboardInterrupt\nA()\nprint('on')"
    outcome = worker.run(code)
    assert outcome.success() == "on\n" and "KeyboardInterrupt" in outcome.stderr


TASK = """import asyncio, time
seen = []
async def forever():
    try:
        while True:
            await asyncio.sleep(0.001)
            seen.append(1)
    except BaseException as error: seen.append(error); raise
task = asyncio.create_task(forever())
"""


def test_an_interrupt_that_comes_too_late_harms_no_task(worker):
    worker.run(TASK).success()
    for _ in range(20):
        worker.signal(signal.SIGINT)
        worker.signal(signal.SIGURG)
        time.sleep(0.005)
    outcome = worker.run(
        "before = len(seen)\nawait asyncio.sleep(0.05)\nprint(len(seen) > before, task.done(), seen[-1])"
    )
    assert outcome.success() == "True False 1\n"


def test_a_cell_that_waits_for_a_busy_task_can_be_interrupted(worker):
    worker.run(
        "import asyncio\nkept = 1\nasync def busy():\n    while True: pass\ntask = asyncio.create_task(busy())"
    ).success()
    time.sleep(0.2)  # the task holds up the loop now
    worker.begin("print('on', flush=True)\nwhile True: pass")
    outcome = worker.interrupt()
    assert outcome.is_interrupted and re.search("KeyboardInterrupt", outcome.error[2])
    assert worker.run("print(kept, task.done())").success() == "1 True\n"


@pytest.mark.parametrize("number", ["signal.SIGINT", "2"])
def test_user_code_may_keep_restore_and_call_the_handler(worker, number):
    code = (
        "import signal\nhandler = signal.signal(signal.SIGINT, signal.SIG_DFL)\nsignal.signal(signal.SIGINT, handler)\n"
        f"try: handler({number}, None)\nexcept KeyboardInterrupt: print('called')\n"
        "try: signal.raise_signal(signal.SIGINT)\nexcept KeyboardInterrupt: print('raised')"
    )
    assert worker.run(code).success() == "called\nraised\n"
