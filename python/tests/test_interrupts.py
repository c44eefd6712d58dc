"""What a cell still says once it was stopped, and where it was."""

import re
import time

import pytest

CODE = "import time, asyncio, sys\n"
ON = "print('on', flush=True)"


@pytest.mark.parametrize(
    "code, said",
    [
        ("try:\n    ON; time.sleep(60)\nexcept KeyboardInterrupt: print('best so far: 42')", "best so far: 42\n"),
        ("try:\n    ON\n    while True: pass\nexcept KeyboardInterrupt: print('best so far: 42')", "best so far: 42\n"),
        (
            "try:\n    ON; await asyncio.sleep(60)\nexcept (asyncio.CancelledError, KeyboardInterrupt): print('best so far: 42')",
            "best so far: 42\n",
        ),
    ],
)
def test_what_is_said_after_an_interrupt_is_heard(worker, code, said):
    worker.begin(CODE + code.replace("ON", ON))
    worker.wait_for("on\n")
    assert worker.interrupt().stdout == "on\n" + said


@pytest.mark.parametrize(
    "code, line",
    [
        ("try:\n    ON; time.sleep(60)\nfinally: print('end'); print('err', file=sys.stderr)", "line 3, in <module>"),
        (
            "def waits():\n    ON; time.sleep(60)\ntry: waits()\nfinally: print('end'); print('err', file=sys.stderr)",
            "line 3, in waits",
        ),
        (
            "try:\n    ON\n    while True: pass\nfinally: print('end'); print('err', file=sys.stderr)",
            "line [34], in <module>",
        ),
        (
            "try:\n    ON; await asyncio.sleep(60)\nfinally: print('end'); print('err', file=sys.stderr)",
            "line 3, in <module>",
        ),
    ],
)
def test_where_the_code_was_is_told(worker, code, line):
    worker.begin(CODE + code.replace("ON", ON))
    worker.wait_for("on\n")
    outcome = worker.interrupt()
    assert outcome.is_interrupted
    assert outcome.stdout == "on\nend\n" and outcome.stderr == "err\n"
    assert outcome.error[0] == "KeyboardInterrupt" and re.search(line, outcome.error[2]), outcome.error[2]
    assert "codecell" not in outcome.error[2]


LOOPS = [
    "try:\n    while True: pass\nfinally: pass",
    "try:\n    while True: x = 1\nexcept ValueError: pass",
    "try:\n    try:\n        while True: pass\n    finally: y = 1\nfinally: z = 1",
    "for i in iter(int, 1):\n    try: pass\n    finally: pass",
    "with open('/dev/null'):\n    while True: pass",
    "while True: pass",
    "try: 1/0\nexcept ZeroDivisionError:\n    while True: pass",
    "def f():\n    try:\n        while True: pass\n    finally: pass\nf()",
    "import asyncio\nawait asyncio.sleep(0)\ntry:\n    while True: pass\nfinally: pass",
    "import asyncio\nwhile True: await asyncio.sleep(0)",
    "import asyncio\nasync def f():\n    while True: await asyncio.sleep(0)\nawait asyncio.gather(f(), f())",
    "import asyncio\nasync def f():\n    while True: await asyncio.sleep(0)\nasyncio.run(f())",
    "[0 for _ in iter(int, 1)]",
]


@pytest.mark.parametrize("loop", LOOPS)
def test_wherever_an_interrupt_comes_the_variables_stay(worker, loop):
    worker.run("import asyncio").success()  # an interrupted import would leave half a package
    for turn in range(6):
        worker.begin("kept = %d\nprint('on', flush=True)\n%s" % (turn, loop))
        worker.wait_for("on\n")
        time.sleep(turn * 0.003)
        outcome = worker.interrupt()
        assert outcome.is_interrupted, outcome.error
        assert worker.run("print(kept)").success() == "%d\n" % turn
