"""Frames to the client. The toolbox passes on whole lines of JSON, also of a type that it does not know.

    stdout, stderr   output: {"type": "stdout", "text": …}
    all the rest     {"type": "codecell", "name": <the run's marker>, "value": <kind>, "text": <a part of JSON>, "traceback": "more" or ""}

User code does not know the marker, so it can fake nothing. A toolbox drops a client that is 1,024 frames behind, and stands still
at a line of 1 MiB: output is gathered, and long texts are sent in parts. A client that is far behind says so by its credit, and
Python waits in `write`.
"""

import sys
from _json import encode_basestring as quoted
from _thread import RLock, get_ident
from codecs import getincrementaldecoder
from collections import deque
from posix import write as write_descriptor
from select import select
from time import monotonic

from ..pipes import is_unread

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..interrupts import Interrupts
    from .descriptors import Descriptors
    from .mailbox import Mailbox


# Characters of a frame: with each of them escaped, a line is still far below 1 MiB.
LARGEST_PART = 64 * 1024
GATHER_SECONDS = 0.01
# Output is sent at once as long as there is little: so much of it, and so much more each second.
MOST_TOKENS = 64
TOKENS_PER_SECOND = 100
# What the client may be behind: characters of output, of which a frame has so many at least.
WINDOW = 16 << 20
LEAST_OF_A_FRAME = 24 * 1024
# How often a run that waits for credit looks for it, and after how long it goes on without.
WAIT_SECONDS = 0.005
MOST_SECONDS = 60
# How long a dying process waits until the toolbox has read its last words.
MOST_DYING_SECONDS = 0.5
COMPLETED = b'{"type":"control","text":"completed"}\n'


class Channel:
    """Frames, in the order of `send`, each after all that descriptors 1 and 2 got before it. `status` says how a run has ended."""

    def __init__(self, descriptors: "Descriptors", interrupts: "Interrupts", mailbox: "Mailbox", status):
        self.descriptors = descriptors
        self.interrupts = interrupts
        self.mailbox = mailbox
        self.status = status
        self.sent = 0  # of this run, as the window counts
        self.allowed = float("inf")
        self.run = ""  # its marker
        self.frames = self.frames_seen = self.bytes = 0
        self.impatient_threads: "set[int]" = set()
        self.pieces = deque()  # (descriptor, negative for what came through its pipe; bytes)
        self.size = 0  # of the pieces
        self.gathered_since = 0.0
        self.tokens = MOST_TOKENS
        self.tokens_at = monotonic()
        self.decoders = {}
        self.lock = RLock()
        interrupts.protect(Channel.send)

    def send_output(self, descriptor: int, data: bytes):
        """Takes what was written to sys.stdout (1) or sys.stderr (2)."""
        if not self.run:
            self.pass_on(descriptor, data)
            return
        self.frames += 1
        self.bytes += len(data)
        self.collect()
        self.gather(descriptor, data)
        is_patient = get_ident() not in self.impatient_threads
        if self.size >= LARGEST_PART or (is_patient and self.take_token()):
            self.drain()
            if is_patient:
                self.wait_for_room()

    def begin(self, run: str, has_credit):
        """A run begins, whose client gives credit or not."""
        self.run = run
        self.sent = 0
        self.allowed = WINDOW if has_credit else float("inf")

    def has_room(self):
        """Whether the client is not too far behind."""
        if self.sent >= self.allowed:
            self.allowed = max(self.allowed, self.mailbox.credit() + WINDOW)
        return self.sent < self.allowed

    def wait_for_room(self):
        """Waits until the client has caught up; or for an interrupt, which is raised once the write is done."""
        deadline = 0.0
        while not self.has_room() and not self.interrupts.is_pending:
            if deadline and monotonic() > deadline:
                self.allowed = float("inf")
            deadline = deadline or monotonic() + MOST_SECONDS
            select((), (), (), WAIT_SECONDS)

    def pass_on(self, descriptor, data):
        """Between runs the toolbox runs code of other clients, which may have kept a stream of ours."""
        stream = sys.stdout if descriptor == 1 else sys.stderr
        if stream is not None and hasattr(stream, "worker"):
            stream.write(data.decode("utf-8", "replace"))

    def gather(self, descriptor, data):
        """Keeps output until it is sent."""
        if not self.pieces:
            self.gathered_since = monotonic()
        self.pieces.append((descriptor, data))
        self.size += len(data)

    def take_token(self):
        """Whether output may be sent at once."""
        now = monotonic()
        self.tokens = min(MOST_TOKENS, self.tokens + (now - self.tokens_at) * TOKENS_PER_SECOND)
        self.tokens_at = now
        if self.tokens < 1:
            return False
        self.tokens -= 1
        return True

    def collect(self):
        """Gathers what descriptors 1 and 2 have got. The governor does so while nothing is printed; it never waits."""
        is_patient = get_ident() not in self.impatient_threads
        # Without room, what children write stays in the pipe, and they wait.
        if self.run and (is_patient or self.has_room()) and self.lock.acquire(is_patient):
            try:
                for descriptor, data in self.descriptors.read():
                    self.gather(-descriptor, data)
            finally:
                self.lock.release()

    def has_unsent(self):
        """Whether output has been gathered for long enough."""
        return bool(self.pieces) and monotonic() - self.gathered_since >= GATHER_SECONDS

    def pump(self):
        """Sends what is gathered."""
        nested = self.interrupts.enter()
        try:
            self.drain()
        finally:
            self.interrupts.leave(nested)

    def drain(self):
        """Sends what is gathered; the governor only if nobody else does."""
        if not self.lock.acquire(get_ident() not in self.impatient_threads):
            return
        try:
            self.size = 0
            texts = []
            last = 0
            while self.pieces:
                descriptor, data = self.pieces.popleft()
                if abs(descriptor) != last:
                    self.send_texts(last, texts)
                    texts, last = [], abs(descriptor)
                texts.append(self.decoder(descriptor).decode(data))
            self.send_texts(last, texts)
        finally:
            self.lock.release()

    def decoder(self, descriptor):
        """What makes text of a descriptor's bytes, which may end within a character."""
        if descriptor not in self.decoders:
            self.decoders[descriptor] = getincrementaldecoder("utf-8")("replace")
        return self.decoders[descriptor]

    def send_texts(self, descriptor, texts):
        """Sends texts as output."""
        text = "".join(texts)
        for start in range(0, len(text), LARGEST_PART):
            part = text[start : start + LARGEST_PART]
            self.sent += max(len(part), LEAST_OF_A_FRAME)
            self.write('{"type":"%s","text":%s}\n' % ("stderr" if descriptor == 2 else "stdout", quoted(part)))

    def send(self, kind: str, text="{}"):
        """Sends a frame of our own, with JSON."""
        nested = self.interrupts.enter()
        try:
            with self.lock:
                self.drain()
                for start in range(0, len(text), LARGEST_PART):
                    end = start + LARGEST_PART
                    more = "more" if end < len(text) else ""
                    part = quoted(text[start:end])
                    form = '{"type":"codecell","name":"%s","value":"%s","text":%s,"traceback":"%s"}\n'
                    self.write(form % (self.run, kind, part, more))
        finally:
            self.interrupts.leave(nested)

    def write(self, line):
        """Writes a line to the toolbox. Nobody else writes there meanwhile."""
        self.write_bytes(line.encode("utf-8", "backslashreplace"))

    def write_bytes(self, data):
        while data:
            data = data[write_descriptor(self.descriptors.output, data) :]

    def send_result(self, payload: bytes):
        """Sends a rich result."""
        self.send("result", payload.decode("utf-8", "replace"))

    def send_error(self, parts: "list[bytes]"):
        """Sends an error: its class, message, traceback and details."""
        name, value, traceback, details = [part.decode("utf-8", "replace") for part in parts]
        fields = [quoted(text) for text in (name, value, traceback)]
        self.send("error", '{"name":%s,"value":%s,"traceback":%s,"details":%s}' % (*fields, details or "null"))

    def send_end(self, was_interrupted: bool):
        """Sends the end of a run."""
        self.collect()
        with self.lock:
            self.drain()
            while self.decoders:  # what is left of a character
                descriptor, decoder = self.decoders.popitem()
                self.send_texts(abs(descriptor), [decoder.decode(b"", True)])
        self.send("end", '{"status":"%s"}' % self.status(was_interrupted))

    def send_death(self, reason):
        """Says that the process is about to end: the toolbox would not notice for as long as the run may last."""
        self.send("died", '{"reason":"%s"}' % reason)
        with self.lock:
            self.write_bytes(COMPLETED)
            # It stops reading at the death.
            deadline = monotonic() + MOST_DYING_SECONDS
            while is_unread(self.descriptors.output) and monotonic() < deadline:
                select((), (), (), WAIT_SECONDS)
