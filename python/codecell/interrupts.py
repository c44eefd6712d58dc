"""Signals of the server, and when they become a KeyboardInterrupt.

An interrupt does not cut a write in two: from `enter` to `leave` a SIGINT is only noted, and the KeyboardInterrupt is
raised by the outermost `leave`, when the channel has the data. Otherwise io's streams, which let go of their text before
they hand it on, would lose it, or write it a second time.

Nor does it cut an event loop in two. The loop takes a callback from its queue before it calls it: an interrupt in between
would lose the next step of a task, and whoever waits for that task would wait forever. Where nothing but the loop's own
code runs, the loop gets a callback that raises the KeyboardInterrupt.

What raises it is C code, so that the traceback of a KeyboardInterrupt that user code catches has no frame of ours. A
handler is `max` with a key: the key decides and returns, then `max` compares what it has returned.

Python drops what is raised in `__del__` and in callbacks of weak references and of its garbage collector. An interrupt
that was lost there is raised again where the code goes on.
"""

import sys
from _functools import partial
from _signal import SIGINT, default_int_handler
from _thread import get_ident, interrupt_main
from itertools import repeat, starmap
from posix import getpid

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable


MAIN_THREAD = get_ident()
# After so many in one cell, only the server's SIGURG raises it again.
MOST_LOST = 100


def effect(function, *arguments):
    """A decision: an object that calls a C function when it is compared with `>`."""
    compare = staticmethod(partial(next, starmap(function, repeat(arguments))))
    return type("Effect", (), {"__gt__": compare})()


NOTHING = 0
RAISE = effect(default_int_handler, SIGINT, None)
REPEAT = effect(interrupt_main)


def acting_on(decide):
    """A C function of two arguments, which does what `decide` says of the second one."""
    return partial(max, key=decide)


class Interrupts:
    """Whether a signal of the server raises KeyboardInterrupt now, later, or not at all."""

    def __init__(self):
        self.is_executing = False  # a cell runs: SIGINT means it
        self.is_writing = False  # the main thread is between `enter` and `leave`: raise later
        self.is_pending = False  # a SIGINT came while writing
        self.was_raised = False  # this cell got its KeyboardInterrupt from a SIGINT
        self.lost = 0  # so many interrupts of this cell were raised where Python drops errors
        # Between cells while tasks run: says whether a cell waits for its turn.
        self.is_awaited: "Callable[[], bool] | None" = None
        self.is_scheduling = False  # a signal handler is just giving an event loop its callback
        self.in_loop = None  # an event loop, and the handle of its callback that will raise
        self.hook = None  # our `sys.unraisablehook`
        self.watched = None, None  # what stands in for one of user code, and that one
        self.pid = getpid()
        self.uninterruptible = set()  # the code of functions that enter first and leave last
        for function in (Interrupts.enter, Interrupts.leave):
            self.uninterruptible.add(function.__code__)

    def protect(self, function):
        """Marks a function that enters first and leaves last: it is not interrupted before and after that either."""
        self.uninterruptible.add(function.__code__)

    def is_forked(self):
        """Whether this is a child that user code has forked."""
        return getpid() != self.pid

    def reset(self):
        """For a new cell."""
        self.is_pending = self.was_raised = False
        self.lost = 0
        self.is_awaited = None
        self.forget_loop()
        self.unwatch_hook()

    def may_raise(self):
        """Whether there is something to interrupt: a cell, or between cells a task that a waiting cell waits for."""
        return self.is_executing or (self.is_awaited is not None and self.is_awaited())

    def decide_interrupt(self, frame):
        """SIGINT: interrupts the cell."""
        if isinstance(frame, int):  # the number of the signal
            return NOTHING
        if getpid() != self.pid:
            return RAISE
        return self.interrupt(frame) if self.may_raise() else NOTHING

    def decide_nudge(self, frame):
        """SIGURG, every 20 ms from the server's SIGINT to the end of the cell.

        It ends a system call that began between SIGINT's arrival and its handler, which then runs; and it stands in for
        a SIGINT that came before the cell did. It never raises a second KeyboardInterrupt.
        """
        if isinstance(frame, int) or self.was_raised or getpid() != self.pid or not self.may_raise():
            return NOTHING
        return self.interrupt(frame)

    def interrupt(self, frame):
        """Raises KeyboardInterrupt, now, when the write is done, or in between two callbacks of an event loop."""
        if self.is_writing or (frame is not None and frame.f_code in self.uninterruptible) or is_callback(frame):
            self.is_pending = True
        elif self.is_scheduling or (frame is not None and frame.f_globals is globals()):
            pass  # a signal that came first is being handled
        elif not self.is_for_loop(loop_of(frame)):
            self.note_raised()
            return RAISE
        return NOTHING

    def is_for_loop(self, loop):
        """Whether an event loop will raise the KeyboardInterrupt."""
        if loop is None:
            return False
        if self.in_loop is None or self.in_loop[0] is not loop:
            self.is_scheduling = True
            try:
                self.forget_loop()
                self.in_loop = loop, loop.call_soon_threadsafe(partial(acting_on(self.decide_in_loop), 0, 1))
            except RuntimeError:  # it is closed
                return False
            finally:
                self.is_scheduling = False
        return True

    def forget_loop(self):
        """No event loop raises it any more."""
        if self.in_loop is not None:
            self.in_loop[1].cancel()
            self.in_loop = None

    def decide_in_loop(self, is_second):
        """The callback."""
        if not is_second or not self.may_raise():
            return NOTHING
        self.note_raised()
        return RAISE

    def note_raised(self):
        """This cell gets its KeyboardInterrupt now."""
        self.forget_loop()
        self.is_pending = False
        self.was_raised = True
        self.watch_hook()

    def watch_hook(self):
        """Wraps an `unraisablehook` of user code until the next cell: after each call, it decides as our own hook does."""
        theirs = getattr(sys, "unraisablehook", None)
        if theirs is not self.hook and theirs is not self.watched[0] and callable(theirs):
            watching = partial(acting_on(partial(self.decide_after, theirs)), 0)
            self.watched = watching, theirs
            sys.unraisablehook = watching

    def unwatch_hook(self):
        """Puts the hook of user code back."""
        watching, theirs = self.watched
        self.watched = None, None
        if watching is not None and getattr(sys, "unraisablehook", None) is watching:
            sys.unraisablehook = theirs

    def decide_after(self, theirs, unraisable):
        """Calls a hook of user code with an error that Python has dropped, and decides what to do then."""
        if isinstance(unraisable, int):
            return NOTHING
        theirs(unraisable)
        return self.decide_after_loss(unraisable.exc_type)

    def decide_after_loss(self, kind):
        """Python has dropped an error of this type, which nobody could catch: what to do once our code is gone."""
        if not self.was_raised or kind is not KeyboardInterrupt or not self.may_raise() or self.is_forked():
            return NOTHING
        self.was_raised = False
        self.lost += 1
        return REPEAT if self.lost < MOST_LOST else NOTHING

    def enter(self):
        """Interrupts of the main thread wait until `leave`, which gets what this returns."""
        if get_ident() != MAIN_THREAD:
            return True
        nested = self.is_writing
        self.is_writing = True
        return nested

    def leave(self, nested):
        """Raises what is pending, where this is the outermost."""
        if not nested:
            self.is_writing = False
            if self.is_pending and self.may_raise():
                self.note_raised()
                raise KeyboardInterrupt


def loop_of(frame):
    """The event loop of asyncio whose own code this frame is: nothing of the user's runs on top of it. Else None."""
    while frame is not None:
        module = frame.f_globals.get("__name__")
        if type(module) is not str or not (module.startswith("asyncio.") or module == "selectors"):
            return None
        if frame.f_code.co_name == "run_forever":
            return frame.f_locals.get("self")
        frame = frame.f_back
    return None


def is_callback(frame):
    """Whether this is a callback for a weak reference, of the library's: it takes no time, and its errors are ignored."""
    return (
        frame is not None
        and frame.f_code.co_name in ("remove", "_remove", "cb")
        and frame.f_code.co_filename.endswith(("importlib._bootstrap>", "/weakref.py", "/_weakrefset.py"))
    )
