"""Cells in a worker of each Python."""


def test_a_cell_prints_and_keeps_its_variables(worker):
    assert worker.run("x = 41\nprint('out')").success() == "out\n"
    assert worker.run("print(x + 1)").success() == "42\n"


def test_an_error_has_its_traceback_and_leaves_the_state(worker):
    worker.run("def f(): return 1/0").success()
    outcome = worker.run("f()")
    assert outcome.error[0] == "ZeroDivisionError"
    assert (
        outcome.error[2].splitlines()[:4]
        == [
            "Traceback (most recent call last):",
            '  File "<stdin>", line 1, in <module>',
            "    f()",
            '  File "<stdin 1>", line 1, in f',
        ]
        or "^" in outcome.error[2]
    )
    assert worker.run("print('on')").success() == "on\n"


HELD = """
class Held:
    def __del__(self): print('free')
def fail():
    held = Held()
    1/0
async def fail_awaiting():
    fail()
def fail_again():
    try: fail()
    except Exception as error: raise ValueError() from error
"""


def test_what_a_failed_run_held_is_free_at_its_end(worker):
    # Not when Python's collector comes around to it: it may be most of the memory that there is.
    for end in ["fail()", "await fail_awaiting()", "fail_again()"]:
        outcome = worker.run(HELD + end)
        assert outcome.error is not None
        assert outcome.stdout == "free\n", end
