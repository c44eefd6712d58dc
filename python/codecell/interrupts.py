"""Signals of the server, and when they become a KeyboardInterrupt.

An interrupt does not cut a write in two: from `enter` to `leave` a SIGINT is only noted, and the KeyboardInterrupt is
raised by the outermost `leave`, when the channel has the data. Otherwise io's streams, which let go of their text before
they hand it on, would lose it, or write it a second time.

Nor does it cut an event loop in two. The loop takes a callback from its queue before it calls it: an interrupt in between
would lose the next step of a task, and whoever waits for that task would wait forever. Where nothing but the loop's own
code runs, the loop gets a callback that raises the KeyboardInterrupt.
"""

from _thread import get_ident
from posix import getpid

MAIN_THREAD = get_ident()


class Interrupts:
    """Whether a signal of the server raises KeyboardInterrupt now, later, or not at all."""

    def __init__(self):
        self.is_executing = False  # a cell runs: SIGINT means it
        self.is_writing = False  # the main thread is between `enter` and `leave`: raise later
        self.is_pending = False  # a SIGINT came while writing
        self.was_raised = False  # this cell got its KeyboardInterrupt from a SIGINT
        self.is_scheduling = False  # a signal handler is just giving an event loop its callback
        self.in_loop = None  # an event loop, and the handle of its callback that will raise
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
        self.forget_loop()

    def handle(self, _signum, frame):
        """SIGINT: interrupts the cell."""
        if getpid() != self.pid:
            raise KeyboardInterrupt
        if self.is_executing:
            self.interrupt(frame)

    def nudge(self, _signum, frame):
        """SIGURG, every few milliseconds from the server's SIGINT to the end of the cell.

        It ends a system call that began between SIGINT's arrival and its handler, which then runs; and it stands in for
        a SIGINT that came before the cell did. It never raises a second KeyboardInterrupt.
        """
        if self.is_executing and not self.was_raised and getpid() == self.pid:
            self.interrupt(frame)

    def interrupt(self, frame):
        """Raises KeyboardInterrupt, now, when the write is done, or in between two callbacks of an event loop."""
        if self.is_writing or (frame is not None and frame.f_code in self.uninterruptible) or is_callback(frame):
            self.is_pending = True
        elif self.is_scheduling or (frame is not None and frame.f_globals is globals()):
            pass  # a signal that came first is being handled
        elif not self.is_for_loop(loop_of(frame)):
            self.raise_now()

    def is_for_loop(self, loop):
        """Whether an event loop will raise the KeyboardInterrupt."""
        if loop is None:
            return False
        if self.in_loop is None or self.in_loop[0] is not loop:
            self.is_scheduling = True
            try:
                self.forget_loop()
                self.in_loop = loop, loop.call_soon_threadsafe(self.raise_in_loop)
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

    def raise_in_loop(self):
        """The callback."""
        if self.is_executing:
            self.raise_now()

    def raise_now(self):
        self.forget_loop()
        self.is_pending = False
        self.was_raised = True
        raise KeyboardInterrupt

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
            if self.is_pending and self.is_executing:
                self.raise_now()


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
