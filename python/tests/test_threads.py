"""Threads that live on: heard in the run that waits for them, and nowhere else; their errors are never silent."""

import time

import pytest

BEGIN = """
import threading, time
go = threading.Event()
def work(word):
    go.wait()
    print(word)
"""


@pytest.mark.parametrize(
    "thread",
    [
        "threading.Thread(target=work, args=('x',))",
        "threading.Timer(0, work, args=('x',))",
        "threading.Thread(target=work, args=('x',), daemon=True)",
    ],
)
def test_a_thread_is_heard_in_the_run_that_joins_it(worker, thread):
    worker.run(BEGIN + "thread = %s; thread.start()" % thread).success()
    assert worker.run("print('other')").success() == "other\n"
    code = "import _thread\njoined = threading.Timer(0.1, go.set); joined.start()\nthread.join()\nprint('done')"
    assert worker.run(code).success() == "x\ndone\n"


def test_a_thread_that_nobody_waits_for_is_not_heard(worker):
    worker.run(
        BEGIN
        + "seen = threading.Event()\nthread = threading.Thread(target=lambda: (work('x'), seen.set())); thread.start()"
    ).success()
    assert worker.run("go.set()\nwhile not seen.is_set(): time.sleep(0.001)\nprint('mine')").success() == "mine\n"


def test_an_error_that_ends_a_thread_is_shown_in_the_running_cell(worker):
    worker.run(
        BEGIN
        + "def fails():\n    go.wait()\n    1/0\nthread = threading.Thread(target=fails, name='old'); thread.start()"
    ).success()
    outcome = worker.run("go.set()\nwhile thread.is_alive(): time.sleep(0.001)\nprint('mine')")
    assert outcome.success() == "mine\n"
    assert "Exception in thread old" in outcome.stderr and "ZeroDivisionError" in outcome.stderr
    assert worker.run("pass").stderr == ""


def test_an_error_that_ends_a_thread_between_runs_is_shown_in_the_next(worker):
    worker.run(
        "import threading, time\ndef fails():\n    time.sleep(0.2)\n    1/0\nthread = threading.Thread(target=fails, name='old'); thread.start()"
    ).success()
    time.sleep(1)
    outcome = worker.run("print(thread.is_alive())")
    if outcome.success() == "True\n":  # a slow machine: then in that run, or the next
        time.sleep(5)
        outcome = worker.run("pass")
    assert "Exception in thread old" in outcome.stderr and "ZeroDivisionError" in outcome.stderr
    assert "codecell" not in outcome.stderr
    assert worker.run("pass").stderr == ""


def test_a_threads_own_hook_is_used(worker):
    code = "import threading\nthreading.excepthook = lambda args: print('hook', args.exc_type.__name__)\n"
    code += "thread = threading.Thread(target=lambda: 1/0); thread.start(); thread.join()"
    assert worker.run(code).success() == "hook ZeroDivisionError\n"
