"""Signals while a run lasts: the client's interrupt is SIGURG, the toolbox's is SIGINT at the timeout.

Before it sends a signal, the client writes the run's stop file: the signal can then stop no other run. SIGTERM ends the process at once,
as in any program. The worker's own handler would let the code go on, and end the process when the toolbox may have given it the next run.
Between runs the worker has its own handlers.
"""

import signal
from faulthandler import register, unregister
from posix import kill
from time import monotonic

from ..interrupts import NOTHING, RAISE, acting_on

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..interrupts import Interrupts
    from .mailbox import Mailbox
    from .watch import Watch

# The toolbox's clock starts a little before ours.
EARLY_SECONDS = 0.1
SIGINT, SIGTERM, SIGURG = signal.SIGINT, signal.SIGTERM, signal.SIGURG


class Signals:
    """The handlers, and what they have heard in this run."""

    def __init__(self, interrupts: "Interrupts", mailbox: "Mailbox", watch: "Watch"):
        self.interrupts = interrupts
        self.mailbox = mailbox
        self.watch = watch
        self.is_stop_wanted = False
        self.is_signalled = False
        self.is_over = False  # the toolbox ends the run at its timeout, and says so itself
        self.deadline = 0.0
        self.handlers = {
            SIGINT: acting_on(self.decide_interrupt),
            SIGURG: acting_on(self.decide_stop),
            SIGTERM: signal.SIG_DFL,
        }
        self.replaced = {}

    def enter(self, begun, timeout):
        """A run begins; the timeout is in seconds, 0 for none."""
        self.is_stop_wanted = self.is_signalled = self.is_over = False
        self.deadline = begun + timeout - EARLY_SECONDS if timeout else float("inf")
        for number, handler in self.handlers.items():
            before = signal.getsignal(number)
            # A handler of user code's own stays, as do signals that it ignores.
            if number not in self.replaced or before is self.replaced[number]:
                self.replaced[number] = before
                signal.signal(number, handler)
                if number == SIGTERM and self.watch.pipe >= 0:
                    # Whatever the code is doing, the death is reported first: this is C code, and then the default action.
                    register(SIGTERM, self.watch.pipe, False, True)

    def leave(self):
        """It has ended: the worker's handlers are back, unless user code has put others there."""
        for number, handler in self.handlers.items():
            now = signal.getsignal(number)
            # Takes a handler of user code's own away, too.
            was_registered = number == SIGTERM and unregister(SIGTERM)
            if now is handler:
                now = self.replaced[number]
            elif not was_registered:
                continue
            signal.signal(number, now)

    def decide_interrupt(self, frame):
        """SIGINT: of the toolbox at the timeout, or of user code."""
        if isinstance(frame, int):
            return NOTHING
        if self.interrupts.is_forked():
            return RAISE
        self.is_signalled = True
        if monotonic() >= self.deadline:
            self.is_over = True
            self.watch.say("idle")
        return self.interrupts.decide_interrupt(frame)

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
