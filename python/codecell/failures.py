"""What becomes of the errors that end cells, forked children and threads."""

import sys
from posix import _exit as os_exit

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cell import Guard
    from .runs import Runs
    from .streams import Channel, Streams
    from .tracebacks import Tracebacks


LARGEST_TEXT = 4 << 20
MOST_LATE_ERRORS = 16


class Failures:
    """Reports of errors. `hint(error, accepts_stdin)` gives a line for the end of a traceback, or nothing."""

    tracebacks: "Tracebacks | None" = None  # made for the first cell

    def __init__(self, channel: "Channel", streams: "Streams", runs: "Runs", hint):
        self.channel = channel
        self.streams = streams
        self.runs = runs
        self.hint = hint
        self.late_errors: list[str] = []  # of threads, not shown yet

    def take(self, guard: "Guard"):
        """What the cell has raised: one error, or none."""
        assert self.tracebacks is not None
        errors = guard.take_errors()
        if len(errors) > 1 and type(errors[-1]).__name__ == "CancelledError":
            # An interrupt of the waiting loop does not know at which `await` the cell was.
            in_cells = self.tracebacks.in_cells
            trace = in_cells(errors[0].__traceback__) or in_cells(errors[-1].__traceback__)
            return [errors[0].with_traceback(trace)]
        return errors[-1:]

    def report(self, error, name):
        """Sends an error frame."""
        assert self.tracebacks is not None
        *parts, traceback = self.tracebacks.describe(error, name)
        try:
            traceback += self.hint(error, self.runs.current.accepts_stdin)
        except BaseException:  # an error of the user's own may do anything
            pass
        details = self.tracebacks.details(error, name)
        self.channel.send_error([limited(part) for part in (*parts, traceback, details)])

    def leave_child(self, failures, name):
        """A child that user code forked has come to the end of the cell: it ends here, not in the worker's loop."""
        code = 0
        try:
            for failure in failures:
                is_exit = issubclass(type(failure), SystemExit)
                status = failure.code if is_exit else 1
                code = status if isinstance(status, int) else 1
                if not is_exit or status is not code:
                    assert self.tracebacks is not None
                    self.streams.stderr.text.write(self.tracebacks.describe(failure, name)[2])
            sys.stdout.flush()
        except BaseException:
            pass
        os_exit(code)

    def keep_late(self, args):
        """An error has ended a thread while nothing ran: the next run shows it."""
        if self.tracebacks is not None and len(self.late_errors) < MOST_LATE_ERRORS:
            name = getattr(args.thread, "name", "of an earlier run")
            text = self.tracebacks.describe(args.exc_value, "")[2]
            self.late_errors.append("Exception in thread %s, after its run had ended:\n%s" % (name, text))

    def show_late(self):
        """Shows them."""
        while self.late_errors:
            self.streams.stderr.text.write(self.late_errors.pop(0))


def limited(text):
    """A text for a frame, in UTF-8."""
    data = text.encode("utf-8", "backslashreplace")
    if len(data) > LARGEST_TEXT:
        data = data[:LARGEST_TEXT] + b"\n[cut off here: %d bytes in all]\n" % len(data)
    return data


def ends_well(error):
    """Whether it is a SystemExit that means success. Code of the user's own may be asked, and fail."""
    try:
        code = error.code if issubclass(type(error), SystemExit) else 1
    except BaseException:
        return False
    return code is None or (type(code) in (int, bool) and not code)
