"""Descriptors 0 to 2. The toolbox talks to its worker by 0 and 1: while a run lasts they belong to the run, with pipes for what
children and C code write.
"""

import os
from fcntl import F_DUPFD_CLOEXEC, fcntl
from posix import O_CLOEXEC, O_RDONLY, close, dup2, pipe, set_blocking
from posix import open as open_descriptor
from posix import read as read_descriptor
from select import POLLIN, poll

F_SETPIPE_SZ = 1031  # Linux
# C code that writes more at once, and holds Python's lock meanwhile, would wait for a reader that can't read.
PIPE_BYTES = 1 << 20
READ_BYTES = 64 * 1024
# Out of the way of user code's low numbers.
FLOORS = (5000, 500, 100, 10)


class Descriptors:
    """The worker's own descriptors, and those of a run."""

    def __init__(self):
        self.own = [move_high(number) for number in range(3)]
        self.output = self.own[1]
        self.null = move_high(open_descriptor(os.devnull, O_RDONLY | O_CLOEXEC), True)
        self.reads = {}  # descriptor to read -> 1 or 2
        self.writes = []
        self.ready = poll()
        for number in (1, 2):
            source, target = (move_high(end, True) for end in pipe())
            set_blocking(source, False)
            try:
                fcntl(target, F_SETPIPE_SZ, PIPE_BYTES)
            except OSError:
                pass
            self.reads[source] = number
            self.writes.append(target)
            self.ready.register(source, POLLIN)

    def enter(self):
        """A run begins. What background processes have written since the last one belongs to no run."""
        for number, descriptor in enumerate((self.null, *self.writes)):
            dup2(descriptor, number)
        for _ in self.read():
            pass

    def leave(self):
        """It has ended."""
        for number, descriptor in enumerate(self.own):
            dup2(descriptor, number)

    def read(self):
        """What was written to descriptors 1 and 2, as (number, bytes)."""
        while ready := self.ready.poll(0):
            for descriptor, _ in ready:
                try:
                    data = read_descriptor(descriptor, READ_BYTES)
                except BlockingIOError:
                    continue
                if data:
                    yield self.reads[descriptor], data

    def close(self):
        """In a forked child, which has the run's own 0 to 2."""
        for descriptor in (*self.own, self.null, *self.reads, *self.writes):
            try:
                close(descriptor)
            except OSError:  # user code did
                pass


def move_high(descriptor, is_ours=False):
    """A copy of a descriptor with a high number, closed on exec; `is_ours` closes the original."""
    for floor in FLOORS:
        try:
            high = fcntl(descriptor, F_DUPFD_CLOEXEC, floor)
        except OSError:
            continue
        if is_ours:
            close(descriptor)
        return high
    raise OSError("no descriptor is free")
