# What user code has as sys.stdout and sys.stderr, and what keeps their order.
#
#   print ─► TextIOWrapper ─► Output.take ─► Output.send ─► Channel ─► server
#   os.write(1), C code, children ─► pipe ────────────────────────────► server
#
# Line buffered while calm. In a burst stdout fills its buffer, and governor.py empties it every few milliseconds.

import _thread
import io
import os
import sys
from _thread import get_ident

BUFFER = 64 * 1024
# So many frames between two looks of the governor are a burst.
BURST_FRAMES = 16
Text = io.TextIOWrapper
# What threads do to a stream one after the other.
IN_TURN = ("write", "flush", "reconfigure")
channel = None


class Output:
    """What is behind sys.stdout or sys.stderr: frames of this run, or, in a forked child, the pipe.

    The streams themselves are io's own, of the very types that a prompt has, which CPython is fastest with. What they do
    differently stands in their dictionaries, which come before what their types have: io's buffer lets an interrupt through
    while it writes, and then the text is lost that sys.stdout was handing on, up to 8 KiB; its text stream loses text when
    two threads fill it at once.
    """

    def __init__(self, kind, name, most, **options):
        self.kind = kind
        self.descriptor = 2 if kind == STDERR else 1
        self.most = most
        self.held = bytearray()
        self.raw = file_of(self.descriptor)
        self.raw.name = name
        self.raw.write = self.send
        self.buffer = io.BufferedWriter(self.raw)
        self.buffer.write = self.take
        self.buffer.flush = self.empty
        # A stream that user code lays over one of them closes it when it goes, which here is the end of the cell.
        self.raw.close = self.buffer.close = self.empty
        self.stream = Text(self.buffer, encoding="utf-8", errors="backslashreplace", newline="\n", **options)
        self.stream.mode = "w"
        self.stream.close = self.close
        self.alone = {name: getattr(Text, name).__get__(self.stream) for name in IN_TURN}
        self.together = {name: getattr(self, name) for name in IN_TURN}
        self.share(False)

    @whole
    def send(self, data):
        """`sys.stdout.buffer.raw.write`, and where all the others end."""
        nested = interrupts.enter()
        try:
            data = bytes(data)
            if os.getpid() != interrupts.pid:
                rest = memoryview(data)
                while rest:
                    rest = rest[os_write(self.descriptor, rest) :]
            elif not (thread_runs and stale()):
                if self.kind == STDERR:
                    flush()  # what sys.stdout holds back comes first
                for start in range(0, len(data), LARGEST_CHUNK):
                    # An interrupt may cut a long write. What was held before that is in the first chunk.
                    if start <= LARGEST_CHUNK or not interrupts.due:
                        channel.send(self.kind, data[start : start + LARGEST_CHUNK])
                if self.kind == STDOUT and channel.frames - channel.looked >= BURST_FRAMES and governor is not None:
                    line_buffered(False)
            return len(data)
        finally:
            interrupts.leave(nested)

    @whole
    def take(self, data):
        """`sys.stdout.buffer.write`."""
        nested = interrupts.enter()
        try:
            if self.buffer.closed:
                raise ValueError("write to closed file")
            size = memoryview(data).nbytes
            self.hold(data, self.most)
            return size
        finally:
            interrupts.leave(nested)

    @whole
    def empty(self):
        """`sys.stdout.buffer.flush`."""
        nested = interrupts.enter()
        try:
            self.hold(b"", 1)
        finally:
            interrupts.leave(nested)

    def hold(self, data, most):
        """Adds data; with so many bytes or more, what is held is sent."""
        # Under sys.stdout the text may be of several threads.
        unwanted = stale if turn._is_owned() else hushed
        with turn:
            if thread_runs and unwanted():
                return
            self.held += data
            if len(self.held) < most:
                return
            held, self.held = self.held, bytearray()
            if thread_runs:  # what another thread adds comes behind it
                self.send(held)
                return
        # Alone, not in the turn: the governor, which adds nothing, would find it taken whenever it looks.
        self.send(held)

    def write(self, text):
        """`sys.stdout.write` while there are threads: one that an earlier run left behind is not heard in this one."""
        with turn:
            if hushed():
                return len(text)
            return Text.write(self.stream, text)

    def flush(self):
        """`sys.stdout.flush` while there are threads: a stale one would take the text of others for its own."""
        with turn:
            if not hushed():
                Text.flush(self.stream)

    def reconfigure(self, **options):
        """`sys.stdout.reconfigure` while there are threads."""
        with turn:
            if not stale():
                Text.reconfigure(self.stream, **options)

    def close(self):
        """`sys.stdout.close`: the only way to close it."""
        if not self.buffer.closed:
            self.stream.flush()
            io.FileIO.close(self.raw)

    def share(self, shared=True):
        """Threads share the stream from now on, or the main thread has it for itself: all C, and at hand, so that no print
        has to bind `write`. What user code put in their place stays."""
        self.now = self.together if shared else self.alone
        there = vars(self.stream)
        for name, method in self.now.items():
            ours = (None, self.alone[name], self.together[name])
            if any(there.get(name) is each for each in ours):
                there[name] = method


def file_of(descriptor):
    """A raw file of a descriptor, which stays open when the file is closed."""
    try:
        return io.FileIO(descriptor, "w", closefd=False)
    except OSError:  # user code has closed it, or has a directory there
        null = os.open(os.devnull, os.O_WRONLY)
        if null != descriptor:
            os.dup2(null, descriptor)
            os.close(null)
        return io.FileIO(descriptor, "w", closefd=False)


turn = _thread.RLock()
outputs = {}  # "stdout" and "stderr" -> Output


def share():
    """The streams are shared by threads from now on."""
    for output in outputs.values():
        output.share()


def begin(run):
    """What is written from now on is this run's."""
    global ending
    with turn:
        flush()
        channel.run = run
        ending = False
    for output in outputs.values():
        output.share(bool(thread_runs))


def take_turns_anew():
    """A forked child has none of the threads that may have had their turn."""
    global turn
    turn = _thread.RLock()


own = {"stdin": None, "stdout": None, "stderr": None}


def usable(stream):
    """Whether a stream can be written to: user code may have closed it, or taken its buffer away."""
    try:
        return stream is not None and not stream.closed and not stream.buffer.closed
    except BaseException:
        return False


def open_streams():
    """Makes the streams of this cell anew where user code closed or replaced them."""
    if not usable(own["stdout"]):
        outputs["stdout"] = Output(STDOUT, "<stdout>", BUFFER, line_buffering=True)
    if not usable(own["stderr"]):
        outputs["stderr"] = Output(STDERR, "<stderr>", 1, write_through=True)
    for name, output in outputs.items():
        own[name] = output.stream
    own["stdin"] = io.TextIOWrapper(io.BufferedReader(Input(), 1 << 16), encoding="utf-8", errors="replace")
    for name, stream in own.items():
        setattr(sys, name, stream)
        setattr(sys, "__" + name + "__", stream)
    builtins.input = ask_line


def quietly(action, *arguments, **options):
    """Runs `action`; a stream that is closed or has lost its buffer, or an interrupted flush, is no reason to stop."""
    try:
        action(*arguments, **options)
    except (ValueError, RuntimeError, OSError):
        pass


def flush():
    """Sends what sys.stdout holds back, so that what comes next by another way comes after it."""
    if outputs:
        # Not the `flush` that user code may have put there, which may do anything.
        quietly(outputs["stdout"].now["flush"])
    # The governor may have flushed already, and left the frame to whoever can wait.
    if channel.unsent() and os.getpid() == interrupts.pid:
        channel.pump()


def line_buffered(wanted):
    """Has sys.stdout send each line at once, or not."""
    quietly(outputs["stdout"].now["reconfigure"], line_buffering=wanted)
