"""Child processes: what was printed before them comes before them, and a forked one keeps off the channel."""

import os
from _thread import get_ident
from select import POLLOUT, poll, select

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .governor import Governor
    from .interrupts import Interrupts
    from .runs import Runs
    from .streams import Streams


write_descriptor = os.write
leave = os._exit

# What a pipe with any room takes at once: a page.
PIECE_BYTES = 4096
# Statuses of a command that SIGINT has ended, itself or the command of a shell.
ENDED_BY_INTERRUPT = (2, 130 << 8)
FOLLOW_UP_SECONDS = 0.1
# How often a thread that waits for room looks whether its run has ended.
WAIT_MILLISECONDS = 100


class Processes:
    """Changes to `os` and `_posixsubprocess`. `governor` can `end` and `start`."""

    def __init__(self, streams: "Streams", runs: "Runs", interrupts: "Interrupts", governor: "Governor", note_start):
        self.streams = streams
        self.runs = runs
        self.interrupts = interrupts
        self.governor = governor
        self.note_start = note_start  # gets the arguments of each child's start

    def install(self, before_child):
        """Makes them; `before_child` runs first in a forked child."""
        import _posixsubprocess

        _posixsubprocess.fork_exec = self.flushing(_posixsubprocess.fork_exec)
        os.system = self.interruptible_system(self.flushing(os.system))
        for name in ("posix_spawn", "posix_spawnp", "execv", "execve"):
            if hasattr(os, name):
                setattr(os, name, self.flushing(getattr(os, name)))
        os.write = self.ordered_write()
        os.dup2 = self.redirecting_dup2(os.dup2)
        for name in ("fork", "forkpty"):
            if hasattr(os, name):
                setattr(os, name, self.forking_alone(getattr(os, name)))

        def in_child():
            before_child()
            self.streams.reset_in_child()

        os.register_at_fork(before=self.streams.flush, after_in_child=in_child)

    def flushing(self, function):
        """`function`, after everything printed so far is out."""

        def flushing(*arguments, **options):
            self.note_start(arguments)
            self.streams.flush()
            return function(*arguments, **options)

        return named_like(flushing, function)

    def interruptible_system(self, system):
        """`os.system`, interrupted where an interrupt has ended the command: C's own `system` ignores it."""

        def interruptible(command):
            status = system(command)
            if status in ENDED_BY_INTERRUPT and not self.interrupts.is_forked():
                # The server follows an interrupt up every 20 ms: this wait ends with it, as KeyboardInterrupt.
                select((), (), (), FOLLOW_UP_SECONDS)
            return status

        return named_like(interruptible, system)

    def ordered_write(self):
        """`os.write`, which keeps the order with what was printed."""

        def write(fd, data, /):
            if fd != 1 and fd != 2:
                return write_descriptor(fd, data)
            if get_ident() in self.runs.by_thread:
                return self.write_in_pieces(fd, memoryview(data).cast("B"))
            self.streams.flush()
            return write_descriptor(fd, data)

        return named_like(write, write_descriptor)

    def redirecting_dup2(self, dup2):
        """`os.dup2`, which also redirects what Python prints."""

        def redirecting(fd, fd2, inheritable=True):
            is_output = fd2 in (1, 2)
            if is_output:
                self.streams.flush()
            descriptor = dup2(fd, fd2, inheritable)
            if is_output:
                self.streams.follow(fd2)
            return descriptor

        return named_like(redirecting, dup2)

    def write_in_pieces(self, descriptor, data):
        """Writes for a thread: in pieces that the pipe has room for, so that none is on its way when the run ends."""
        ready = poll()
        ready.register(descriptor, POLLOUT)
        written = 0
        while written < len(data):
            ready.poll(WAIT_MILLISECONDS)
            with self.streams.lock:
                if self.runs.is_muted():
                    return len(data)
                if ready.poll(0):
                    self.streams.flush()
                    written += write_descriptor(descriptor, data[written : written + PIECE_BYTES])
        return written

    def forking_alone(self, fork):
        """`fork` without the governor's thread, of which Python would warn, and which may hold a lock."""

        def forking():
            if self.interrupts.is_forked():
                return fork()
            is_watched = self.governor.is_running()
            pid = None
            self.streams.flush()
            try:
                self.governor.end(len(self.runs.by_thread))
                forked = fork()
                pid = forked[0] if isinstance(forked, tuple) else forked
                return forked
            finally:
                if is_watched and pid != 0:
                    self.governor.start()

        return named_like(forking, fork)


def named_like(function, other):
    """A function that says that it is another."""
    function.__name__ = function.__qualname__ = other.__name__
    function.__doc__ = other.__doc__
    return function
