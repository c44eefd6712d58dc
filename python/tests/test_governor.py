"""The thread that watches cells: one goes on to the next cell, and none is there where code would find it."""

import os

from host import COMPLETED, until

SHOWS = """
import os, sys, time
sys.stdout.write("shown")
while not os.path.exists(%r):
    time.sleep(0.001)
"""

FORKS = """
import asyncio, os, warnings

async def fork():
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        child = os.fork()
        if child == 0:
            os._exit(0)
    found.append((os.waitpid(child, 0)[1], [str(each.message) for each in caught]))

found = []
task = asyncio.ensure_future(fork())
"""


def test_text_without_a_newline_shows_in_each_of_many_cells(worker, tmp_path):
    for count in range(30):
        worker.run("pass").success()
        seen = tmp_path / str(count)
        worker.begin(SHOWS % str(seen))
        worker.wait_for("shown")
        seen.touch()
        for kind, _ in worker.frames:
            if kind == COMPLETED:
                break
        assert worker.outcome.success() == "shown"


def test_the_thread_goes_once_no_cell_runs(worker):
    worker.run("pass").success()
    tasks = "/proc/%d/task" % worker.process.pid
    until(lambda: len(os.listdir(tasks)) == 1)


def test_a_task_that_forks_right_after_its_cell_forks_alone(worker):
    for _ in range(20):
        worker.run(FORKS).success()
        assert worker.run("await task; print(found)").success() == "[(0, [])]\n"


def test_a_signal_never_goes_to_the_thread(worker):
    code = (
        "import os, signal\n"
        "others = [int(task) for task in os.listdir('/proc/self/task') if int(task) != os.getpid()]\n"
        "line = next(line for line in open('/proc/self/task/%d/status' % others[0]) if line.startswith('SigBlk'))\n"
        "blocked = int(line.split()[1], 16)\n"
        "takes = [number for number in signal.valid_signals() if not blocked >> (number - 1) & 1]\n"
        "print(len(others), sorted(map(int, takes)), signal.pthread_sigmask(signal.SIG_BLOCK, ()))"
    )
    # Nothing blocks these two.
    assert worker.run(code).stdout == "1 [9, 19] set()\n"
