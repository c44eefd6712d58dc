"""Questions from the server, on pipes of their own. The main thread answers between cells, the governor's thread while a cell runs.

They do not go through the channel, because its reader may be slow. The frames are the channel's; a question is an offset (u32) and code.
"""

from _thread import allocate_lock
from posix import close, read
from posix import write as write_descriptor

from .channel import HEADER, LENGTH, take_frame

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..sources import Sources


# The size of a pipe, which limits how many questions wait at once.
READ_BYTES = 1 << 16


class Questions:
    """The pipes, and what has come through them so far."""

    sources: "Sources"  # once the worker is prepared

    def __init__(self, questions: int, answers: int, namespace: dict):
        self.questions = questions
        self.answers = answers
        self.namespace = namespace
        self.buffer = bytearray()
        self.unsent = b""
        self.is_open = True
        self.lock = allocate_lock()  # a thread that finds it taken returns: the other thread answers

    def descriptors(self):
        """Where a question may come from."""
        return (self.questions,) if self.is_open else ()

    def answer(self):
        """Answers what has been asked; never waits."""
        if not self.is_open or not self.lock.acquire(False):
            return
        try:
            self.send(b"")
            # Take the next question only when the last answer is sent.
            while not self.unsent:
                question = self.take()
                if question is None:
                    break
                kind, id, offset, code = question
                text = self.text(kind, code, offset).encode()
                self.send(HEADER.pack(len(text), kind, id) + text)
        except OSError:  # user code closed a pipe, or the server is gone
            self.is_open = False
        finally:
            self.lock.release()

    def text(self, kind, code, offset):
        """The answer to a question, as JSON."""
        try:
            # Load it with the first question: many contexts get none.
            from ..insight.questions import answer

            return answer(kind, code, offset, self.namespace, self.sources)
        except Exception:  # user code may have left no memory, and no descriptor to load it with
            return "null"

    def take(self):
        """The next question, or None."""
        while True:
            frame = take_frame(self.buffer)
            if frame is not None:
                kind, id, payload = frame
                (offset,) = LENGTH.unpack_from(payload)
                return kind, id, offset, payload[LENGTH.size :].decode("utf-8", "replace")
            try:
                data = read(self.questions, READ_BYTES)
            except BlockingIOError:
                return None
            if not data:
                self.is_open = False
                return None
            self.buffer += data

    def send(self, data):
        """Sends an answer, as far as the pipe takes it."""
        self.unsent += data
        try:
            while self.unsent:
                self.unsent = self.unsent[write_descriptor(self.answers, self.unsent) :]
        except BlockingIOError:
            pass

    def close(self):
        """In a forked child."""
        self.is_open = False
        close(self.questions)
        close(self.answers)
