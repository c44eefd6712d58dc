"""What user code has as sys.stdout and sys.stderr, and what keeps their order.

    print ─► TextIOWrapper ─► OutputStream.write_buffer ─► write_raw ─► channel ─► server
    os.write(1), C code, children ─► pipe ──────────────────────────────────────► server

Line buffered while calm. In a burst stdout fills its buffer, and the governor empties it every few milliseconds.
"""

import builtins
import sys
from _io import BufferedWriter, FileIO, TextIOWrapper
from _thread import RLock
from posix import O_RDWR, close, dup2, fstat
from posix import open as open_descriptor
from posix import write as write_descriptor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, Protocol

    from .interrupts import Interrupts
    from .runs import Run, Runs
    from .stdin import Stdin

    Data = bytes

    class Channel(Protocol):
        """What a host gives: frames to its client, in order."""

        run: Any  # the id of the present run; false between runs
        frames: int  # sent so far: the measure of how busy the output is
        frames_seen: int  # sent when the governor last looked
        bytes: int
        impatient_threads: "set[int]"  # the governor's, which must never wait here

        def send_output(self, descriptor: int, data: Data) -> Any: ...

        def send_result(self, payload: Data) -> Any: ...

        def send_error(self, parts: "list[Data]") -> Any: ...

        def send_end(self, was_interrupted: bool) -> Any: ...

        def has_unsent(self) -> bool: ...

        def pump(self) -> Any: ...


BUFFER_BYTES = 64 * 1024
LARGEST_CHUNK = 64 * 1024
# So many frames between two looks of the governor are a burst.
BURST_FRAMES = 16
# What threads do to a stream one after the other.
TEXT_METHODS = ("write", "flush", "reconfigure")


class OutputStream:
    """What is behind sys.stdout or sys.stderr: frames of this run, or, in a forked child, the pipe.

    The streams themselves are io's own, of the very types that a prompt has, which CPython is fastest with. What they do
    differently stands in their dictionaries, which come before what their types have: io's buffer lets an interrupt
    through while it writes, and then the text is lost that sys.stdout was handing on, up to 8 KiB; its text stream loses
    text when two threads fill it at once.
    """

    def __init__(self, streams: "Streams", descriptor: int, name: str, limit: int, **options):
        self.streams = streams
        self.channel = streams.channel
        self.interrupts = streams.interrupts
        self.runs = streams.runs
        self.descriptor = descriptor
        self.limit = limit  # so many bytes are sent at once
        self.is_native = False  # see `set_native`
        self.is_redirected = False  # user code has put another file at the descriptor
        self.pending = bytearray()
        self.raw = open_file(descriptor)
        self.raw.name = name
        self.raw.write = self.write_raw
        self.buffer = BufferedWriter(self.raw)
        self.buffer.write = self.write_buffer
        self.buffer.flush = self.flush_buffer
        # A stream that user code lays over one of them closes it when it goes, which here is the end of the cell.
        self.raw.close = self.buffer.close = self.flush_buffer
        self.text = TextIOWrapper(self.buffer, encoding="utf-8", errors="backslashreplace", newline="\n", **options)
        self.text.mode = "w"  # pyright: ignore[reportAttributeAccessIssue]
        self.text.close = self.close
        self.exclusive = {name: getattr(TextIOWrapper, name).__get__(self.text) for name in TEXT_METHODS}
        self.shared = {name: getattr(self, name) for name in TEXT_METHODS}
        self.share(False)

    def write_raw(self, data):
        """`sys.stdout.buffer.raw.write`, and where all the others end."""
        nested = self.interrupts.enter()
        try:
            data = bytes(data)
            if self.interrupts.is_forked():
                rest = memoryview(data)
                while rest:
                    rest = rest[write_descriptor(self.descriptor, rest) :]
            elif not (self.runs.by_thread and self.runs.is_stale()):
                if self.descriptor == 2:
                    self.streams.flush()  # what sys.stdout holds back comes first
                for start in range(0, len(data), LARGEST_CHUNK):
                    # An interrupt may cut a long write. What was pending before that is in the first chunk.
                    if start <= LARGEST_CHUNK or not self.interrupts.is_pending:
                        self.channel.send_output(self.descriptor, data[start : start + LARGEST_CHUNK])
                if self.descriptor == 1:
                    self.streams.notice_burst()
            return len(data)
        finally:
            self.interrupts.leave(nested)

    def write_buffer(self, data):
        """`sys.stdout.buffer.write`."""
        nested = self.interrupts.enter()
        try:
            if self.buffer.closed:
                raise ValueError("write to closed file")
            size = memoryview(data).nbytes
            self.append(data, self.limit)
            return size
        finally:
            self.interrupts.leave(nested)

    def flush_buffer(self):
        """`sys.stdout.buffer.flush`."""
        nested = self.interrupts.enter()
        try:
            self.append(b"", 1)
        finally:
            self.interrupts.leave(nested)

    def append(self, data, limit):
        """Adds data; from `limit` bytes on, what is pending is sent."""
        lock: Any = self.streams.lock
        # Under sys.stdout the text may be of several threads.
        is_unwanted = self.runs.is_stale if lock._is_owned() else self.runs.is_muted
        with lock:
            if self.runs.by_thread and is_unwanted():
                return
            self.pending += data
            if len(self.pending) < limit:
                return
            pending, self.pending = self.pending, bytearray()
            if self.runs.by_thread:  # what another thread adds comes behind it
                self.write_raw(pending)
                return
        # Alone, not under the lock: the governor, which adds nothing, would find it taken whenever it looks.
        self.write_raw(pending)

    def write(self, text):
        """`sys.stdout.write` while there are threads: one that an earlier run left behind is not heard in this one."""
        with self.streams.lock:
            if self.runs.is_muted():
                return len(text)
            return TextIOWrapper.write(self.text, text)

    def flush(self):
        """`sys.stdout.flush` while there are threads: a stale one would take the text of others for its own."""
        with self.streams.lock:
            if not self.runs.is_muted():
                TextIOWrapper.flush(self.text)

    def reconfigure(self, **options):
        """`sys.stdout.reconfigure` while there are threads."""
        with self.streams.lock:
            if not self.runs.is_stale():
                TextIOWrapper.reconfigure(self.text, **options)

    def close(self):
        """`sys.stdout.close`: the only way to close it."""
        if not self.buffer.closed:
            self.text.flush()
            FileIO.close(self.raw)

    def share(self, is_shared=True):
        """Threads share the stream from now on, or the main thread has it for itself.

        Then all of it is C, and in the stream's own dictionary, so that no print has to bind `write`. What user code has
        put in its place stays.
        """
        self.methods = self.shared if is_shared else self.exclusive
        present = vars(self.text)
        for name, method in self.methods.items():
            there = present.get(name)
            if there is None or there is self.exclusive[name] or there is self.shared[name]:
                present[name] = method

    def set_native(self, is_native):
        """Has io write to the pipe by itself, or to the channel by way of the methods above."""
        self.is_native = is_native
        methods = ((self.raw, "write", self.write_raw), (self.buffer, "write", self.write_buffer))
        for file, name, method in (*methods, (self.buffer, "flush", self.flush_buffer)):
            if is_native:
                vars(file).pop(name, None)
            else:
                vars(file)[name] = method

    def is_usable(self):
        """Whether it can be written to: user code may have closed it, or taken its buffer away."""
        try:
            return not self.text.closed and not self.text.buffer.closed
        except BaseException:
            return False


class Streams:
    """The three standard streams, and `input`."""

    stdout: OutputStream
    stderr: OutputStream

    def __init__(self, channel: "Channel", interrupts: "Interrupts", runs: "Runs", stdin: "Stdin"):
        self.channel = channel
        self.interrupts = interrupts
        self.runs = runs
        self.stdin = stdin
        self.lock = RLock()
        self.is_open = False
        self.is_watched = False  # a governor ends bursts
        self.is_native = False  # see `set_native`
        self.pipes = {}  # descriptor -> what it leads to
        for function in (OutputStream.write_raw, OutputStream.write_buffer, OutputStream.flush_buffer):
            interrupts.protect(function)

    def open(self):
        """Puts the streams of a cell in place, and makes those anew that user code has closed."""
        if self.is_open:
            self.stdout.is_redirected = self.stderr.is_redirected = False
            self.set_native(False)
        else:
            self.pipes = {descriptor: target(descriptor) for descriptor in (1, 2)}
        if not self.is_open or not self.stdout.is_usable():
            self.stdout = OutputStream(self, 1, "<stdout>", BUFFER_BYTES, line_buffering=True)
        if not self.is_open or not self.stderr.is_usable():
            self.stderr = OutputStream(self, 2, "<stderr>", 1, write_through=True)
        self.is_open = True
        sys.stdin = sys.__stdin__ = self.stdin.open(open_file(0, "r"))
        sys.stdout = sys.__stdout__ = self.stdout.text
        sys.stderr = sys.__stderr__ = self.stderr.text
        builtins.input = self.stdin.input

    def begin(self, run: "Run"):
        """What is written from now on is this run's."""
        with self.lock:
            self.flush()
            self.channel.run = run.id
            self.runs.current = run
        self.share(bool(self.runs.by_thread))
        if not self.stdout.text.line_buffering:
            self.set_line_buffering(True)

    def set_native(self, is_native):
        """While a tracer or profiler is on, nothing of ours may run when user code prints: io writes to the pipes.

        Then an interrupt may cut a write, and threads that an earlier run left behind are heard.
        """
        self.is_native = is_native
        self.choose_ways()

    def follow(self, descriptor):
        """User code has put a file at descriptor 1 or 2: what Python prints goes there too, until the pipe is back or the cell ends."""
        output = self.stdout if descriptor == 1 else self.stderr
        output.is_redirected = target(descriptor) != self.pipes[descriptor]
        self.choose_ways()

    def choose_ways(self):
        """Has io write to the descriptors, or to the channel."""
        for output in (self.stdout, self.stderr):
            is_native = self.is_native or output.is_redirected
            if is_native is not output.is_native:
                self.flush()
                output.set_native(is_native)
                if output is self.stderr:
                    quietly(output.methods["reconfigure"], line_buffering=is_native, write_through=not is_native)

    def wait_for_threads(self):
        """Waits until no thread is in the middle of a write."""
        with self.lock:
            pass

    def share(self, is_shared=True):
        """Threads share the streams, or not."""
        self.stdout.share(is_shared)
        self.stderr.share(is_shared)

    def flush(self):
        """Sends what sys.stdout holds back, so that what comes next by another way comes after it."""
        if self.is_open:
            # Not the `flush` that user code may have put there, which may do anything.
            quietly(self.stdout.methods["flush"])
            if self.stderr.is_native:
                quietly(self.stderr.methods["flush"])
        # The governor may have flushed already. It never waits, so it can leave a frame that is not sent yet.
        if self.channel.has_unsent() and not self.interrupts.is_forked():
            self.channel.pump()

    def flush_all(self):
        """The same for what user code may have put in place of the streams, at the end of its cell."""
        for name in ("stdout", "stderr"):
            try:
                getattr(sys, name).flush()
            except BaseException:  # whatever it is
                pass
        self.flush()

    def set_line_buffering(self, wanted):
        """Has sys.stdout send each line at once, or not."""
        quietly(self.stdout.methods["reconfigure"], line_buffering=wanted)

    def notice_burst(self):
        """The printing thread notices a burst sooner than the governor, whose turn may come 16 ms later."""
        if self.is_watched and self.channel.frames - self.channel.frames_seen >= BURST_FRAMES:
            self.set_line_buffering(False)

    def reset_in_child(self):
        """A forked child has none of the threads that may have held the lock."""
        self.lock = RLock()
        self.set_line_buffering(True)


def quietly(action, *arguments, **options):
    """Runs `action`; a stream that is closed or has lost its buffer, or an interrupted flush, is no reason to stop."""
    try:
        action(*arguments, **options)
    except (ValueError, RuntimeError, OSError):
        pass


def open_file(descriptor: int, mode="w"):
    """A raw file of a descriptor, which stays open when the file is closed."""
    try:
        return FileIO(descriptor, mode, closefd=False)
    except OSError:  # user code has closed it, or has a directory there
        null = open_descriptor("/dev/null", O_RDWR)
        if null != descriptor:
            dup2(null, descriptor)
            close(null)
        return FileIO(descriptor, mode, closefd=False)


def target(descriptor: int):
    """Which file a descriptor leads to."""
    try:
        status = fstat(descriptor)
    except OSError:  # it is closed
        return None
    return status.st_dev, status.st_ino
