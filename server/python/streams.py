# What user code has as sys.stdout, sys.stderr and sys.stdin, and what keeps their order.
#
#   print ─► TextIOWrapper ─► BufferedWriter ─► Output.write ─► Channel ─► server
#   os.write(1), C code, children ─► pipe ─────────────────────────────────► server
#
# Line buffered while calm; a governor thread lets stdout fill its buffer while there is a burst.

import _thread
import builtins
import io
import os
import select
import sys
from _thread import get_ident

BUFFER = 64 * 1024
# Governor: a tick, and the wait when the main thread is just writing; what makes a burst in a tick, and what
# no longer is one; the tick and count of a calm cell.
TICK_SECONDS = 0.005
RETRY_SECONDS = 0.0002
BURST_FRAMES = 100
BURST_OVER_BYTES = 512
CALM_SECONDS = 0.02
CALM_TICKS = 20

start_thread = _thread.start_new_thread
channel = None
commands = None
thread_runs = {}  # thread -> the run that started it
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
        self.flush_first = None

    def writable(self):
        return True

    def fileno(self):
        return self.descriptor

    def isatty(self):
        return False

    def write(self, data):
        if os.getpid() != interrupts.pid:
            view = memoryview(data)
            while view:
                view = view[os_write(self.descriptor, view) :]
            return len(data)
        if self.flush_first is not None:
            quietly(self.flush_first.flush)
            for start in range(0, len(data), LARGEST_CHUNK):
                channel.send(self.kind, bytes(data[start : start + LARGEST_CHUNK]))
            return len(data)
        chunk = bytes(data[:LARGEST_CHUNK])
        channel.send(self.kind, chunk)
        return len(chunk)


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
            if thread_runs.get(get_ident(), channel.run) != channel.run:
                return len(text)
            return super().write(text)

    def writelines(self, lines):
        for line in lines:
            self.write(line)

    def flush(self):
        with turn:
            return super().flush()

    def reconfigure(self, **options):
        with turn:
            return super().reconfigure(**options)


turn = _thread.RLock()


def share():
    """The streams are shared by threads from now on."""
    for name in ("stdout", "stderr"):
        if type(own[name]) is Stream:
            unbind(own[name])
            own[name].__class__ = SharedStream


def begin(run):
    """What is written from now on is this run's."""
    with turn:
        flush()
        channel.run = run
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
    if sys.stdin is not own["stdin"] or os.getpid() != interrupts.pid:
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


def open_streams():
    """Makes the streams of this cell anew where user code closed or replaced them."""
    if own["stdout"] is None or own["stdout"].closed or own["stdout"].buffer.closed:
        raw = Output(STDOUT, 1)
        own["stdout"] = Stream(io.BufferedWriter(raw, BUFFER), "<stdout>", line_buffering=True)
        if own["stderr"] is not None and not own["stderr"].closed:
            own["stderr"].buffer.flush_first = own["stdout"]
    if own["stderr"] is None or own["stderr"].closed or own["stderr"].buffer.closed:
        raw = Output(STDERR, 2)
        raw.flush_first = own["stdout"]
        own["stderr"] = Stream(raw, "<stderr>", write_through=True)
    own["stdin"] = io.TextIOWrapper(io.BufferedReader(Input(), 1 << 16), encoding="utf-8", errors="replace")
    for name, stream in own.items():
        setattr(sys, name, stream)
        setattr(sys, "__" + name + "__", stream)
    builtins.input = ask_line


def quietly(action):
    """Runs `action`; a closed stream or an interrupted flush is no reason to stop."""
    try:
        action()
    except (ValueError, RuntimeError, OSError):
        pass


def flush():
    """Sends what sys.stdout holds back, so that what comes next by another way comes after it."""
    if own["stdout"] is not None:
        quietly(own["stdout"].flush)
    # The governor may have flushed already, and left the frame to whoever can wait.
    if channel.unsent() and os.getpid() == interrupts.pid:
        channel.pump()


def counted(start):
    """`_thread`'s way to start a thread, made to remember the run that started it."""

    def start_counted(function, *rest, **named):
        run = thread_runs.get(get_ident(), channel.run)
        share()

        def body(*arguments, **options):
            thread_runs[get_ident()] = run
            try:
                return function(*arguments, **options)
            finally:
                thread_runs.pop(get_ident(), None)

        return start(body, *rest, **named)

    start_counted.__name__ = start.__name__
    return start_counted


class Governor:
    """While a cell runs: shows text without a newline, eases line buffering in a burst, repeats an interrupt."""

    def __init__(self):
        self.stop = _thread.allocate_lock()
        self.stop.acquire()
        start_thread(self.watch, ())

    def watch(self):
        channel.governor = get_ident()
        calm = 0
        seen, seen_bytes = channel.frames, channel.bytes
        looked = seen
        pause = TICK_SECONDS
        while not self.stop.acquire(timeout=pause):
            if interrupts.due:
                os.kill(interrupts.pid, 2)
            if channel.unsent():
                channel.pump()  # somebody waits, or left: no flush, it would only wait as well
                # Writing goes on: it will soon pause. Where it does not, the reader is slow, and nothing helps.
                moved, looked = channel.frames != looked, channel.frames
                pause = RETRY_SECONDS if moved else TICK_SECONDS
                continue
            if not turn.acquire(False):
                continue  # somebody writes, and may have to wait
            try:
                stdout = own["stdout"]
                quietly(stdout.flush)
                frames, seen = channel.frames - seen, channel.frames
                count, seen_bytes = channel.bytes - seen_bytes, channel.bytes
                calm = 0 if frames else calm + 1
                pause = CALM_SECONDS if calm > CALM_TICKS else TICK_SECONDS
                if stdout.line_buffering:
                    if frames > BURST_FRAMES:
                        quietly(lambda: stdout.reconfigure(line_buffering=False))
                elif count < BURST_OVER_BYTES:
                    quietly(lambda: stdout.reconfigure(line_buffering=True))
            finally:
                turn.release()

    def end(self):
        """Ends the watch; the thread goes by itself."""
        self.stop.release()
