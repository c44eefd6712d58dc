"""Calls C functions with no Python frame of ours beneath them.

A debugger, tracer, profiler or stack walk of user code must not run on into our own frames. So what calls a cell is a
loop that lives in C: `filter(never, starmap(call, steps))` pulls one call after the other out of a generator of ours,
whose frame is on the stack only between two of them. What starts that loop must leave no frame either: the interpreter
calls `sys.excepthook` from C after the frames of the program it was started with are gone.

A call must not raise, or the loop and with it the process ends: `cell.py` compiles cells so that none does.
"""

import sys
from _functools import partial
from itertools import starmap

call = partial.__call__
never = ().__contains__
is_true = True.__eq__


def loop(steps):
    """A C function that makes the calls of `steps`, each a tuple of one `partial`, until one of them returns True."""
    return partial(next, filter(is_true, starmap(call, steps)))


def once(steps):
    """A C function that makes the calls of `steps` to their end, or until one of them raises."""
    return partial(next, filter(never, starmap(call, steps)), None)


def launch(steps):
    """Has the interpreter make the calls of `steps`, without end, once the caller raises an error."""
    # The three arguments of the hook go to `max`, whose key takes one, and ignores it.
    sys.excepthook = partial(max, key=partial(next, filter(never, starmap(call, steps))))  # pyright: ignore[reportCallIssue]


def forget_launch():
    """Removes what the launch has left where user code can see it. The first thing that `steps` does."""
    sys.excepthook = sys.__excepthook__
    for name in ("last_type", "last_value", "last_traceback", "last_exc"):
        if hasattr(sys, name):
            delattr(sys, name)
