"""Signals while a run lasts: the client's interrupt is SIGURG, the toolbox's are SIGINT at the timeout and SIGTERM at the end of the context.

The client writes the run's stop file first, so its signal means that run or none. Between runs the worker has its own handlers.
"""

import signal
from posix import kill
from time import monotonic

from ..interrupts import NOTHING, RAISE, acting_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..interrupts import Interrupts
    from .mailbox import Mailbox

# The toolbox's clock starts a little before ours.
EARLY_SECONDS = 0.1
SIGINT, SIGTERM, SIGURG = signal.SIGINT, signal.SIGTERM, signal.SIGURG


class Signals:
    """The handlers, and what they have heard in this run."""

    def __init__(self, interrupts: "Interrupts", mailbox: "Mailbox", on_over):
        self.interrupts = interrupts
        self.mailbox = mailbox
        self.on_over = on_over
        self.is_stop_wanted = False
        self.is_signalled = False
        self.is_own = False  # the next SIGTERM is one that the code sends to its own process: no more than an interrupt
        self.is_over = False  # the toolbox ends the run, at its timeout or with its context, and says so itself
        self.deadline = 0.0
        self.handlers = {
            SIGINT: acting_on(self.decide_interrupt),
            SIGTERM: acting_on(self.decide_end),
            SIGURG: acting_on(self.decide_stop),
        }
        self.replaced = {}

    def enter(self, begun, timeout):
        """A run begins; the timeout is in seconds, 0 for none."""
        self.is_stop_wanted = self.is_signalled = self.is_own = self.is_over = False
        self.deadline = begun + timeout - EARLY_SECONDS if timeout else float("inf")
        for number, handler in self.handlers.items():
            before = signal.getsignal(number)
            # A handler of user code's own stays, as do signals that it ignores.
            if number not in self.replaced or before is self.replaced[number]:
                self.replaced[number] = before
                signal.signal(number, handler)

    def leave(self):
        """It has ended: the worker's handlers are back, unless user code has put others there."""
        for number, handler in self.handlers.items():
            if signal.getsignal(number) is handler:
                signal.signal(number, self.replaced[number])

    def decide_interrupt(self, frame):
        """SIGINT: of the toolbox at the timeout, or of user code."""
        if isinstance(frame, int):
            return NOTHING
        if self.interrupts.is_forked():
            return RAISE
        self.is_signalled = True
        if monotonic() >= self.deadline:
            self.end()
        return self.interrupts.decide_interrupt(frame)

    def end(self):
        """The toolbox ends the run."""
        self.is_over = True
        self.on_over()

    def note_own(self, number):
        """The code sends a signal to its own process."""
        self.is_own = self.is_own or number == SIGTERM

    def decide_end(self, frame):
        """SIGTERM: the worker notes that it has to end, and the code is interrupted."""
        if isinstance(frame, int):
            return NOTHING
        if self.is_own:
            self.is_own = False
            return self.decide_interrupt(frame)
        handler = self.replaced[SIGTERM]
        if callable(handler):
            try:
                handler(SIGTERM, frame)
            except BaseException:  # how the worker interrupts
                pass
        if not self.interrupts.is_forked():
            self.end()
        return self.decide_interrupt(frame)

    def decide_stop(self, frame):
        """SIGURG: the client may want this run to stop."""
        if isinstance(frame, int) or self.interrupts.is_forked():
            return NOTHING
        return self.interrupts.decide_nudge(frame) if self.is_wanted() else NOTHING

    def is_wanted(self):
        """Whether the run is to be interrupted."""
        self.is_stop_wanted = self.is_stop_wanted or self.mailbox.is_stopped()
        return self.is_stop_wanted or self.is_signalled

    def repeat(self):
        """The governor: a signal may have come before the cell began, or just before a system call, which then goes on."""
        if not self.interrupts.was_raised and self.is_wanted():
            kill(self.interrupts.pid, SIGURG)

    def reset_in_child(self):
        """In a forked child, the toolbox's signals mean nothing."""
        for number, handler in self.handlers.items():
            if signal.getsignal(number) is handler:
                signal.signal(number, signal.default_int_handler if number == SIGINT else signal.SIG_DFL)
