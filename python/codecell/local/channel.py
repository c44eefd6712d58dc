"""Frames to the server, in order.

A frame: length of the payload (u32), kind (u8), three zero bytes, run id (u64); little-endian, then the payload.
server/src/worker/channel.rs is the other end.
"""

from _struct import Struct
from _thread import allocate_lock, get_ident
from fcntl import F_DUPFD_CLOEXEC, fcntl
from posix import _exit as leave
from posix import close, read, set_blocking
from posix import write as write_descriptor
from select import POLLIN, POLLOUT, poll

from ..interrupts import MAIN_THREAD
from ..pipes import is_unread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..interrupts import Interrupts


READY, PREPARED, PLACED, MISPLACED, STDOUT, STDERR, DRAIN, ERROR, INPUT, COMPLETED, WARNING, RESULT = range(1, 13)

HEADER = Struct("<IB3xQ")
LENGTH = Struct("<I")
# A frame of at most this size is written at once; of a larger one, the payload is not copied.
COPIED_BYTES = 64 * 1024
# How long a wait lasts before it looks whether an interrupt is pending.
WAIT_MILLISECONDS = 100


class Channel:
    """Frames to the server, in the order of `send`, each after all that descriptors 1 and 2 got before it."""

    def __init__(self, descriptor: int, acknowledgements: int, interrupts: "Interrupts"):
        self.descriptor = descriptor
        self.acknowledgements = acknowledgements
        self.interrupts = interrupts
        self.run = 0
        self.frames = 0  # sent so far: the measure of how busy the output is
        self.frames_seen = 0  # sent when the governor last looked
        self.bytes = 0
        # The governor's, which must never wait here; one of an earlier run may be about to end.
        self.impatient_threads: "set[int]" = set()
        self.queue: list[tuple[bytes, bool]] = []  # (frame, whether an acknowledgement follows)
        self.partial: "bytes | memoryview" = b""  # what is left of the frame being sent
        self.is_acknowledged = False  # whether an acknowledgement follows that frame
        self.is_waiting = False  # for it
        self.lock = allocate_lock()
        interrupts.protect(Channel.pump)

    def send(self, kind: int, payload: bytes = b""):
        """Sends a frame; returns when it is out, or, with an interrupt pending, when it is queued."""
        self.frames += 1
        self.bytes += len(payload)
        if is_unread(1) or is_unread(2):
            self.queue.append((HEADER.pack(0, DRAIN, self.run), True))
        header = HEADER.pack(len(payload), kind, self.run)
        parts = [header + payload] if len(payload) <= COPIED_BYTES else [header, payload]
        self.queue += [(part, False) for part in parts]
        self.pump()

    def send_output(self, descriptor: int, data: bytes):
        """Sends what was written to sys.stdout (1) or sys.stderr (2)."""
        self.send(STDERR if descriptor == 2 else STDOUT, data)

    def send_result(self, payload: bytes):
        """Sends a rich result."""
        self.send(RESULT, payload)

    def send_error(self, parts: "list[bytes]"):
        """Sends an error: its class, message, traceback and details."""
        self.send(ERROR, b"".join(LENGTH.pack(len(part)) + part for part in parts))

    def send_end(self, was_interrupted: bool):
        """Sends the end of a run."""
        self.send(COMPLETED, b"\1" if was_interrupted else b"\0")

    def has_unsent(self):
        """Whether there are frames that are not out."""
        return bool(self.queue or self.partial or self.is_waiting)

    def pump(self):
        """Sends what is queued; the governor only as far as that needs no waiting."""
        interrupts = self.interrupts
        nested = interrupts.enter()
        thread = get_ident()
        is_patient = thread not in self.impatient_threads
        is_main = thread == MAIN_THREAD
        try:
            while not self.lock.acquire(is_patient, WAIT_MILLISECONDS / 1000 if is_patient else -1):
                if not is_patient or (is_main and interrupts.is_pending):
                    return
            try:
                while (event := self.step()) is not None:
                    if event == 0:
                        continue
                    if not is_patient or (is_main and interrupts.is_pending):
                        return
                    wait_for(self.acknowledgements if event == POLLIN else self.descriptor, event)
            finally:
                self.lock.release()
        finally:
            interrupts.leave(nested)

    def step(self):
        """One step of sending: None when all is out, 0 to go on, or the event to wait for first."""
        try:
            if self.is_waiting:
                if not read(self.acknowledgements, 1):
                    leave(0)
                self.is_waiting = False
            elif self.partial:
                self.partial = self.partial[write_descriptor(self.descriptor, self.partial) :]
                self.is_waiting = self.is_acknowledged and not self.partial
            elif self.queue:
                frame, self.is_acknowledged = self.queue.pop(0)
                self.partial = memoryview(frame)  # a result may have many times what the pipe takes
            else:
                return None
            return 0
        except BlockingIOError:
            return POLLIN if self.is_waiting else POLLOUT
        except OSError:  # the server is gone
            leave(0)


def take_frame(buffer: bytearray):
    """Takes the first frame off the buffer, as (kind, id, payload); None while it is not complete."""
    if len(buffer) < HEADER.size:
        return None
    length, kind, id = HEADER.unpack_from(buffer)
    end = HEADER.size + length
    if len(buffer) < end:
        return None
    payload = bytes(buffer[HEADER.size : end])
    del buffer[:end]
    return kind, id, payload


def move_high(descriptor: int) -> int:
    """The descriptor, out of the way of user code's low numbers, closed on exec, not blocking."""
    high = descriptor
    for floor in (500, 100, 10):
        try:
            high = fcntl(descriptor, F_DUPFD_CLOEXEC, floor)
            close(descriptor)
            break
        except OSError:
            pass
    set_blocking(high, False)
    return high


def wait_for(descriptor: int, event: int, milliseconds: "float | None" = WAIT_MILLISECONDS, *others: int):
    """Waits until `event`, or for so long, or until another descriptor can be read; whether one of them came."""
    ready = poll()
    ready.register(descriptor, event)
    for other in others:
        ready.register(other, POLLIN)
    return bool(ready.poll(milliseconds))
