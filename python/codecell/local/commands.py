"""Commands from the server: the same frames the other way."""

from _thread import get_ident
from posix import _exit as leave
from posix import read

from ..interrupts import MAIN_THREAD
from .channel import LENGTH, take_frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..interrupts import Interrupts


PLACE, EXECUTE, LINE, END_OF_FILE, END = range(1, 6)
# Bits of the first byte of EXECUTE. WANTS_RESULTS: the largest size of a result follows.
ACCEPTS_STDIN = 1
WANTS_RESULTS = 2


class Commands:
    """Commands, as (kind, run id, payload); several threads may wait for theirs."""

    def __init__(self, descriptor: int, interrupts: "Interrupts"):
        self.descriptor = descriptor
        self.interrupts = interrupts
        self.buffer = bytearray()
        self.inbox: list[tuple[int, int, bytes]] = []

    def take(self, is_wanted):
        """The first command that is wanted, or None; never waits."""
        is_main = get_ident() == MAIN_THREAD
        if is_main:
            self.interrupts.is_writing = True
        try:
            self.receive()
            for index, command in enumerate(self.inbox):
                if is_wanted(command):
                    return self.inbox.pop(index)
            return None
        finally:
            if is_main:
                self.interrupts.is_writing = False

    def receive(self):
        """Moves what has arrived into the inbox."""
        try:
            data = read(self.descriptor, 1 << 20)
        except BlockingIOError:
            return
        if not data:
            leave(0)
        self.buffer += data
        while (command := take_frame(self.buffer)) is not None:
            self.inbox.append(command)


def is_setup(command):
    """Whether it is for the worker itself: a directory, code, or the end."""
    return command[0] in (PLACE, EXECUTE, END)


def is_place(command):
    """Whether it is a directory."""
    return command[0] == PLACE


def texts(payload: bytes):
    """The texts of a payload, each after its length."""
    offset = 0
    while offset < len(payload):
        (length,) = LENGTH.unpack_from(payload, offset)
        offset += LENGTH.size
        yield payload[offset : offset + length].decode("utf-8", "surrogatepass")
        offset += length
