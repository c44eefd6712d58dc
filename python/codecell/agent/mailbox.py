"""Files by which the client reaches a run: it writes them by a command, through the toolbox.

codecell-<marker>.stop     stop this run, or don't begin it
codecell-<marker>.credit   how much output the client has finished with, in characters
codecell-<marker>.<number> the answer to a question: E at the end of the input, else L and base64
"""

from binascii import a2b_base64
from posix import O_CLOEXEC, O_CREAT, O_EXCL, O_RDONLY, O_WRONLY, close, getpid, read, stat, unlink
from posix import open as open_descriptor
from posix import write as write_descriptor
from select import select

PLACES = ("/tmp", "/dev/shm", "/var/tmp")
# How often a run that waits for an answer looks for it.
WAIT_SECONDS = 0.005
READ_BYTES = 1 << 20


class Mailbox:
    """Its directory is empty text where no file can be written."""

    def __init__(self):
        self.directory = next(filter(is_writable, PLACES), "")
        self.marker = ""
        self.questions = 0

    def begin(self, marker):
        """A run begins."""
        self.marker = marker
        self.questions = 0

    def path(self, name):
        return "%s/codecell-%s.%s" % (self.directory, self.marker, name)

    def is_stopped(self):
        """Whether the client wants the run to stop."""
        try:
            stat(self.path("stop"))
            return True
        except OSError:
            return False

    def end(self):
        """The run has ended."""
        for name in ("stop", "credit"):
            try:
                unlink(self.path(name))
            except OSError:
                pass

    def credit(self):
        """What the client has finished with."""
        try:
            return int(self.read("credit"))
        except (OSError, ValueError):
            return 0

    def wait(self, number):
        """The answer to a question, or None at the end of the input."""
        while True:
            try:
                data = self.read(number)
                break
            except OSError:
                select((), (), (), WAIT_SECONDS)
        unlink(self.path(number))
        return a2b_base64(data[1:]) if data.startswith(b"L") else None

    def read(self, name):
        """The content of a file, which the client has moved there when it was complete."""
        descriptor = open_descriptor(self.path(name), O_RDONLY | O_CLOEXEC)
        try:
            data = b""
            while piece := read(descriptor, READ_BYTES):
                data += piece
            return data
        finally:
            close(descriptor)


def is_writable(directory):
    """Whether a file can be written there."""
    path = "%s/codecell-%d.probe" % (directory, getpid())
    try:
        descriptor = open_descriptor(path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0o600)
    except OSError:
        return False
    try:
        return write_descriptor(descriptor, b"?") == 1
    except OSError:
        return False
    finally:
        close(descriptor)
        unlink(path)
