"""What user code has as sys.stdin and as input(): the client is asked.

    input() ─► sys.stdin ─► its buffer ─► Stdin.read ─► request ─► the client

An answer may have several lines: the next reads get what is left of it. Descriptor 0 itself is empty: child processes and
C code that read it are at the end of the file at once.
"""

import builtins
import os
import sys
from _io import BufferedReader, TextIOWrapper
from _thread import RLock

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .interrupts import Interrupts
    from .runs import Runs


NO_INPUT = "nobody answers input(): runCode was called without onInput. Give it an onInput handler that returns a line."
EMPTY = "codecell: sys.stdin is empty, as runCode was called without onInput. Give it an onInput handler that returns a line.\n"

RUN_HAS_ENDED = "nobody answers this input(): the run that started this thread has ended"

public_input = builtins.input
read_descriptor = os.read
BUFFER_BYTES = 64 * 1024
# A longer prompt's beginning is output: a question is one frame, and a frame has a limit.
LARGEST_PROMPT = 64 * 1024


class Stdin:
    """Questions to the client. `request` sends one, and gives the answer or None at the end of the file."""

    def __init__(self, interrupts: "Interrupts", runs: "Runs", request):
        self.interrupts = interrupts
        self.runs = runs
        self.request = request
        self.text: "TextIOWrapper | None" = None  # the present cell's sys.stdin
        self.rest = b""  # of an answer
        self.question: "tuple[str, bool] | None" = None  # of `input`, until the client is asked
        self.lock = RLock()

        def input(prompt="", /):
            """Read a string from the client. The trailing newline is stripped."""
            return self.read_line(prompt)

        input.__qualname__ = "input"
        input.__doc__ = public_input.__doc__  # ours are compiled without
        self.input = input

    def open(self, file):
        """Makes the sys.stdin of a cell, of io's own types as at a prompt. What an earlier cell has not read is gone."""
        self.rest = b""
        file.name = "<stdin>"
        file.readinto = self.read_into
        file.read = file.readall = self.read
        file.seekable = lambda: False
        self.text = TextIOWrapper(BufferedReader(file, BUFFER_BYTES), encoding="utf-8")
        self.text.mode = "r"  # pyright: ignore[reportAttributeAccessIssue]
        return self.text

    def install(self):
        """Has `os.read` ask as well."""

        def read(fd, length, /):
            if fd == 0 and length > 0 and not self.interrupts.is_forked():
                return self.read(length)
            return read_descriptor(fd, length)

        read.__qualname__ = "read"
        read.__doc__ = read_descriptor.__doc__
        os.read = read

    def read(self, count=-1, /):
        """Up to so many bytes, or all until the end of the file."""
        if count is None or count < 0:
            pieces = []
            while piece := self.read(BUFFER_BYTES):
                pieces.append(piece)
            return b"".join(pieces)
        if not self.rest:
            self.rest = self.ask() or b""
        data, self.rest = self.rest[:count], self.rest[count:]
        return data

    def read_into(self, target, /):
        """The same, into a buffer."""
        target = memoryview(target).cast("B")
        data = self.read(len(target))
        target[: len(data)] = data
        return len(data)

    def ask(self):
        """The client's answer, which ends with a newline; None at the end of the file, or where nobody answers."""
        run = self.runs.current
        if self.interrupts.is_forked() or self.runs.is_foreign():
            return None
        if not run.accepts_stdin:
            if not run.is_told_of_stdin:
                run.is_told_of_stdin = True
                sys.__stderr__.write(EMPTY)  # pyright: ignore[reportOptionalMemberAccess]
            return None
        question, self.question = self.question or ("", False), None
        answer = self.request(*question)
        return answer if answer is None or answer.endswith(b"\n") else answer + b"\n"

    def read_line(self, prompt="", is_password=False):
        """What `input` does."""
        text = self.text
        if text is None or getattr(sys, "stdin", None) is not text or self.interrupts.is_forked():
            return public_input(prompt)
        if self.runs.is_foreign():
            raise EOFError(RUN_HAS_ENDED)
        if not self.runs.current.accepts_stdin:
            raise EOFError(NO_INPUT)
        prompt = str(prompt)
        sys.audit("builtins.input", prompt)
        if len(prompt) > LARGEST_PROMPT:
            sys.__stdout__.write(prompt[:-LARGEST_PROMPT])  # pyright: ignore[reportOptionalMemberAccess]
            prompt = prompt[-LARGEST_PROMPT:]
        with self.lock:
            self.question = prompt, is_password
            try:
                line = text.readline()
            finally:
                is_unasked, self.question = self.question is not None, None
        if is_unasked and prompt and line:
            # The answer was there already.
            sys.__stdout__.write(prompt)  # pyright: ignore[reportOptionalMemberAccess]
        if not line:
            raise EOFError("the client has ended its input")
        return line[:-1] if line.endswith("\n") else line
