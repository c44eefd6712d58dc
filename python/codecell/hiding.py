"""Keeps frames of the library out of what the standard library shows of frames.

Functions of ours stand in for some of Python's: `input`, `Thread.join`, `os.system`. In C they would have no frame.
"""

import sys


def hide_in_tracebacks(owns, traceback):
    """Tracebacks and stacks that `traceback` formats, and with it `logging` and others, have no frame of ours."""

    def hiding(walk, frame_of):
        def walk_others(start):
            return (item for item in walk(start) if not owns(frame_of(item)))

        walk_others.__name__ = walk_others.__qualname__ = walk.__name__
        walk_others.__doc__ = walk.__doc__
        return walk_others

    def first(pair):
        return pair[0]

    walk_all = traceback.walk_stack

    def walk_stack(f):
        if f is None and sys.version_info >= (3, 14):
            f = sys._getframe(1)
        # In C, as until then `walk_stack` counts the frames from itself to where the stack begins.
        return filter(lambda pair: not owns(pair[0]), walk_all(f))

    walk_stack.__qualname__ = "walk_stack"
    walk_stack.__doc__ = walk_all.__doc__
    traceback.walk_stack = walk_stack
    traceback.walk_tb = hiding(traceback.walk_tb, first)
    if sys.version_info >= (3, 11):
        traceback._walk_tb_with_full_positions = hiding(traceback._walk_tb_with_full_positions, first)


def hide_from_debuggers(owns, bdb):
    """A debugger steps over our functions, and over what they call of the standard library."""
    dispatch_call = bdb.Bdb.dispatch_call

    def dispatch(self, frame, arg):
        is_called_by_ours = frame.f_back is not None and owns(frame.f_back)
        if owns(frame) or (is_called_by_ours and frame.f_globals.get("__name__") != "__main__"):
            return None
        return dispatch_call(self, frame, arg)

    dispatch.__name__, dispatch.__qualname__ = "dispatch_call", "Bdb.dispatch_call"
    dispatch.__doc__ = dispatch_call.__doc__
    bdb.Bdb.dispatch_call = dispatch
