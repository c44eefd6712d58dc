# The worker's end of the wire to the server: frames out in order, commands in.
#
# A frame, either way: length of the payload (u32), kind (u8), three zero bytes, run id (u64);
# little-endian, then the payload. server/src/worker/channel.rs is the other end.
#
# What writes is not cut in two by an interrupt: from `enter` to `leave` a SIGINT is only noted, and the
# KeyboardInterrupt is raised by the outermost `leave`, when what was to be written is the channel's. Otherwise
# io's streams, which let go of their text before they hand it on, would lose it, or write it a second time.

import _struct
import _thread
import fcntl
import posix
import select
from _thread import get_ident

posix_write = posix.write

READY, PREPARED, PLACED, MISPLACED, STDOUT, STDERR, DRAIN, ERROR, INPUT, COMPLETED = range(1, 11)
PLACE, EXECUTE, LINE, END_OF_FILE = range(1, 5)

HEADER = _struct.Struct("<IB3xQ")
FIONREAD = 0x541B if posix.uname().sysname == "Linux" else 0x4004667F
LARGEST_CHUNK = 64 * 1024
# How long a wait lasts before it looks whether an interrupt is due.
WAIT_MILLISECONDS = 100
MAIN = get_ident()


class Interrupts:
    """Whether a signal of the server raises KeyboardInterrupt now, later, or not at all."""

    def __init__(self):
        self.executing = False  # a cell runs: SIGINT means it
        self.busy = False  # the main thread is between `enter` and `leave`: raise later
        self.due = False  # a SIGINT came while busy
        self.raised = False  # this cell got its KeyboardInterrupt from a SIGINT
        self.pid = posix.getpid()
        self.whole = set()  # the code of functions that enter first and leave last

    def handle(self, _signum, frame):
        """SIGINT: interrupts the cell."""
        if posix.getpid() != self.pid:
            raise KeyboardInterrupt
        if self.executing:
            self.interrupt(frame)

    def nudge(self, _signum, frame):
        """SIGURG, every few milliseconds from the server's SIGINT to the end of the cell.

        It ends a system call that began between SIGINT's arrival and its handler, which then runs; and it
        stands in for a SIGINT that came before the cell did. A second KeyboardInterrupt it never raises.
        """
        if self.executing and not self.raised and posix.getpid() == self.pid:
            self.interrupt(frame)

    def interrupt(self, frame):
        if self.busy or (frame is not None and frame.f_code in self.whole):
            self.due = True
        else:
            self.raise_now()

    def raise_now(self):
        self.due = False
        self.raised = True
        raise KeyboardInterrupt

    def enter(self):
        """Interrupts of the main thread wait until `leave`, which gets what this gives back."""
        if get_ident() != MAIN:
            return True
        nested = self.busy
        self.busy = True
        return nested

    def leave(self, nested):
        """Raises what is due, where this is the outermost."""
        if not nested:
            self.busy = False
            if self.due and self.executing:
                self.raise_now()


interrupts = Interrupts()


def whole(function):
    """Marks a function that enters first and leaves last: before and after as well, it is not cut in two."""
    interrupts.whole.add(function.__code__)
    return function


whole(Interrupts.enter)
whole(Interrupts.leave)


def moved(descriptor):
    """The descriptor, out of the way of user code's low numbers, closed on exec, not blocking."""
    for floor in (500, 100, 10):
        try:
            high = fcntl.fcntl(descriptor, fcntl.F_DUPFD_CLOEXEC, floor)
            break
        except OSError:
            pass
    posix.close(descriptor)
    posix.set_blocking(high, False)
    return high


def wait_for(descriptor, event, milliseconds=WAIT_MILLISECONDS):
    """Waits until `event`, or for so long; whether it came."""
    poll = select.poll()
    poll.register(descriptor, event)
    return bool(poll.poll(milliseconds))


class Channel:
    """Frames to the server, in the order of `send`, each after all that descriptors 1 and 2 got before it."""

    def __init__(self, descriptor, acknowledgements):
        self.descriptor = descriptor
        self.acknowledgements = acknowledgements
        self.run = 0
        self.frames = 0  # sent so far: the measure of how busy the output is
        self.looked = 0  # sent when the governor last looked
        self.bytes = 0
        self.governor = None  # the thread that must never wait here
        self.queue = []  # (frame, whether an acknowledgement follows)
        self.partial = b""  # what is left of the frame being sent
        self.acknowledged = False  # whether an acknowledgement follows that frame
        self.awaiting = False
        self.lock = _thread.allocate_lock()

    def send(self, kind, payload=b""):
        """Sends a frame; returns when it is out, or, with an interrupt due, when it is queued."""
        self.frames += 1
        self.bytes += len(payload)
        if pending(1) or pending(2):
            self.queue.append((HEADER.pack(0, DRAIN, self.run), True))
        self.queue.append((HEADER.pack(len(payload), kind, self.run) + payload, False))
        self.pump()

    def unsent(self):
        """Whether there are frames that are not out."""
        return bool(self.queue or self.partial or self.awaiting)

    @whole
    def pump(self):
        """Sends what is queued; the governor only as far as that needs no waiting."""
        nested = interrupts.enter()
        thread = get_ident()
        patient = thread != self.governor
        main = thread == MAIN
        try:
            while not self.lock.acquire(patient, WAIT_MILLISECONDS / 1000 if patient else -1):
                if not patient or (main and interrupts.due):
                    return
            try:
                while (event := self.step()) is not None:
                    if event == 0:
                        continue
                    if not patient or (main and interrupts.due):
                        return
                    wait_for(self.acknowledgements if event == select.POLLIN else self.descriptor, event)
            finally:
                self.lock.release()
        finally:
            interrupts.leave(nested)

    def step(self):
        """One step of sending: None when all is out, 0 to go on, or the event to wait for first."""
        try:
            if self.awaiting:
                if not posix.read(self.acknowledgements, 1):
                    posix._exit(0)
                self.awaiting = False
            elif self.partial:
                self.partial = self.partial[posix_write(self.descriptor, self.partial) :]
                self.awaiting = self.acknowledged and not self.partial
            elif self.queue:
                self.partial, self.acknowledged = self.queue.pop(0)
            else:
                return None
            return 0
        except BlockingIOError:
            return select.POLLIN if self.awaiting else select.POLLOUT
        except OSError:  # the server is gone
            posix._exit(0)


def pending(descriptor):
    """Whether the server has yet to read what was written to descriptor 1 or 2 directly."""
    try:
        return fcntl.ioctl(descriptor, FIONREAD, b"\0\0\0\0") != b"\0\0\0\0"
    except OSError:  # user code closed it
        return False


class Commands:
    """Commands from the server; several threads may wait for theirs."""

    def __init__(self, descriptor):
        self.descriptor = descriptor
        self.buffer = bytearray()
        self.inbox = []

    def take(self, wanted):
        """The first command that is `wanted`, as (kind, run, payload), or None; never waits."""
        main = get_ident() == MAIN
        if main:
            interrupts.busy = True
        try:
            self.receive()
            for index, command in enumerate(self.inbox):
                if wanted(command):
                    return self.inbox.pop(index)
            return None
        finally:
            if main:
                interrupts.busy = False

    def receive(self):
        """Moves what has arrived into the inbox."""
        try:
            data = posix.read(self.descriptor, 1 << 20)
        except BlockingIOError:
            return
        if not data:
            posix._exit(0)
        self.buffer += data
        while len(self.buffer) >= HEADER.size:
            length, kind, run = HEADER.unpack_from(self.buffer)
            end = HEADER.size + length
            if len(self.buffer) < end:
                return
            self.inbox.append((kind, run, bytes(self.buffer[HEADER.size : end])))
            del self.buffer[:end]
