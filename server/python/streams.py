# What user code has as sys.stdout, sys.stderr and sys.stdin, and what keeps their order.
#
#   print ─► TextIOWrapper ─► Buffer ─► Output.write ─► Channel ─► server
#   os.write(1), C code, children ─► pipe ─────────────────────────────────► server
#
# Line buffered while calm. In a burst stdout fills its buffer, and governor.py empties it every few milliseconds.

import _thread
import builtins
import io
import os
import select
import sys
from _thread import get_ident

BUFFER = 64 * 1024
# So many frames between two looks of the governor are a burst.
BURST_FRAMES = 16
channel = None
commands = None
stdin_offered = False
NO_INPUT = (
    "there is nobody to answer input(): the client that runs this code did not offer to "
    "(a request with \"stdin\": true does)"
)


class Output(io.RawIOBase):
    """The raw end of sys.stdout or sys.stderr: frames of this run, or, in a forked child, the pipe."""

    def __init__(self, kind, descriptor):
        self.kind = kind
        self.descriptor = descriptor
        self.after_stdout = kind == STDERR  # what sys.stdout holds back comes first

    def writable(self):
        return True

    def fileno(self):
        return self.descriptor

    def isatty(self):
        return False

    @whole
    def write(self, data):
        nested = interrupts.enter()
        try:
            data = bytes(data)
            if os.getpid() != interrupts.pid:
                rest = memoryview(data)
                while rest:
                    rest = rest[os_write(self.descriptor, rest) :]
            elif not (thread_runs and stale()):
                if self.after_stdout:
                    flush()
                for start in range(0, len(data), LARGEST_CHUNK):
                    # An interrupt may cut a long write. What was held before that is in the first chunk.
                    if start <= LARGEST_CHUNK or not interrupts.due:
                        channel.send(self.kind, data[start : start + LARGEST_CHUNK])
                if self.kind == STDOUT and channel.frames - channel.looked >= BURST_FRAMES and governor is not None:
                    line_buffered(False)
            return len(data)
        finally:
            interrupts.leave(nested)


class Stream(io.TextIOWrapper):
    """sys.stdout and sys.stderr: all C, as long as there are no threads.

    Each print looks twice for `write`, and twice whether a subclass is closed; that is half of what it costs.
    """

    # Out of the dictionary of attributes, which print looks into.
    __slots__ = ("mode", "_name")
    # Found here, it costs a sixth less than by way of the buffer and the raw end.
    closed = False

    def __init__(self, buffer, name, mode="w", **options):
        self.mode = mode
        self._name = name
        super().__init__(buffer, encoding="utf-8", errors="backslashreplace", newline="\n", **options)
        bind(self)

    @property
    def name(self):
        return self._name

    def close(self):
        try:
            super().close()
        finally:
            self.closed = True


def bind(stream):
    """Keeps the bound `write` at hand, so that no print has to bind it; what user code put there stays."""
    vars(stream).setdefault("write", io.TextIOWrapper.write.__get__(stream))


def unbind(stream):
    """Lets a subclass's `write` be found."""
    if vars(stream).get("write") == io.TextIOWrapper.write.__get__(stream):
        del stream.write


class SharedStream(Stream):
    """A stream while there are threads: CPython's own loses text when two fill its buffer at once.

    A thread that an earlier run left behind is not heard in this one.
    """

    __slots__ = ()

    def write(self, text):
        with turn:
            if hushed():
                return len(text)
            return super().write(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        with turn:
            # It would take the text of others for its own.
            if not hushed():
                super().flush()

    def reconfigure(self, **options):
        with turn:
            if not stale():
                super().reconfigure(**options)


class Buffer(io.BufferedIOBase):
    """What sys.stdout fills.

    Not io's own: that one lets an interrupt through while it writes, and then the text is lost that sys.stdout was
    handing on, up to 8 KiB.
    """

    def __init__(self, raw):
        self.raw = raw
        self.held = bytearray()

    def writable(self):
        return True

    def fileno(self):
        return self.raw.fileno()

    def isatty(self):
        return False

    def detach(self):
        self.flush()
        return self.raw

    @whole
    def write(self, data):
        nested = interrupts.enter()
        try:
            if self.closed:
                raise ValueError("write to closed file")
            self.hold(data, BUFFER)
            return memoryview(data).nbytes
        finally:
            interrupts.leave(nested)

    @whole
    def flush(self):
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
                self.raw.write(held)
                return
        # Alone, not in the turn: the governor, which adds nothing, would find it taken whenever it looks.
        self.raw.write(held)


turn = _thread.RLock()


def share():
    """The streams are shared by threads from now on."""
    for name in ("stdout", "stderr"):
        if type(own[name]) is Stream:
            unbind(own[name])
            own[name].__class__ = SharedStream


def begin(run):
    """What is written from now on is this run's."""
    global ending
    with turn:
        flush()
        channel.run = run
        ending = False
    if thread_runs:
        share()
        return
    for name in ("stdout", "stderr"):
        own[name].__class__ = Stream
        bind(own[name])


def take_turns_anew():
    """A forked child has none of the threads that may have had their turn."""
    global turn
    turn = _thread.RLock()


class Input(io.RawIOBase):
    """The raw end of sys.stdin: each read asks the client for a line."""

    def __init__(self):
        self.rest = b""

    def readable(self):
        return True

    def readinto(self, target):
        if not self.rest:
            line = ask("")
            if line is None:
                return 0
            self.rest = line if line.endswith(b"\n") else line + b"\n"
        count = min(len(target), len(self.rest))
        target[:count] = self.rest[:count]
        self.rest = self.rest[count:]
        return count


def ask(prompt):
    """The client's answer as bytes; None at the end of the file, or where nobody answers."""
    if not stdin_offered or os.getpid() != interrupts.pid:
        return None
    flush()
    run = channel.run
    channel.send(INPUT, str(prompt).encode("utf-8", "backslashreplace"))
    while channel.run == run:
        command = commands.take(lambda command: command[0] in (LINE, END_OF_FILE) and command[1] == run)
        if command is not None:
            return command[2] if command[0] == LINE else None
        wait_for(commands.descriptor, select.POLLIN)
    return None


def ask_line(prompt=""):
    """Read a string from the client. The trailing newline is stripped."""
    if getattr(sys, "stdin", None) is not own["stdin"] or os.getpid() != interrupts.pid:
        return original_input(prompt)
    if not stdin_offered:
        raise EOFError(NO_INPUT)
    line = ask(prompt)
    if line is None:
        raise EOFError("end of input")
    text = line.decode("utf-8", "replace")
    return text[:-1] if text.endswith("\n") else text


ask_line.__name__ = ask_line.__qualname__ = "input"
original_input = builtins.input
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
        own["stdout"] = Stream(Buffer(Output(STDOUT, 1)), "<stdout>", line_buffering=True)
    if not usable(own["stderr"]):
        own["stderr"] = Stream(Output(STDERR, 2), "<stderr>", write_through=True)
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
    stdout = own["stdout"]
    if stdout is not None:
        # Not the `flush` that user code may have put there, which may do anything.
        quietly(type(stdout).flush, stdout)
    # The governor may have flushed already, and left the frame to whoever can wait.
    if channel.unsent() and os.getpid() == interrupts.pid:
        channel.pump()


def line_buffered(wanted):
    """Has sys.stdout send each line at once, or not."""
    stdout = own["stdout"]
    quietly(type(stdout).reconfigure, stdout, line_buffering=wanted)
