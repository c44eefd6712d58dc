"""What user code has as sys.stdin and as input(): the client is asked."""

import builtins
import sys
from _io import _RawIOBase as RawIOBase

NO_INPUT = (
    "there is nobody to answer input(): the client that runs this code did not offer to "
    '(a request with "stdin": true does)'
)

RUN_HAS_ENDED = "nobody answers this input(): the run that started this thread has ended"

public_input = builtins.input


class Input(RawIOBase):
    """The raw end of sys.stdin: each read asks the client for a line."""

    def __init__(self, stdin):
        self.stdin = stdin
        self.rest = b""

    def readable(self):
        return True

    def readinto(self, target):
        if not self.rest:
            line = self.stdin.ask("")
            if line is None:
                return 0
            self.rest = line if line.endswith(b"\n") else line + b"\n"
        count = min(len(target), len(self.rest))
        target[:count] = self.rest[:count]
        self.rest = self.rest[count:]
        return count


class Stdin:
    """Questions to the client. `request` sends one, and gives the answer or None at the end of the file."""

    def __init__(self, interrupts, runs, request):
        self.interrupts = interrupts
        self.runs = runs
        self.request = request
        self.text = None  # the present cell's sys.stdin

        def input(prompt="", /):
            """Read a string from the client. The trailing newline is stripped."""
            return self.ask_line(prompt)

        input.__qualname__ = "input"
        input.__doc__ = public_input.__doc__  # ours are compiled without
        self.input = input

    def raw(self):
        """A new raw file."""
        return Input(self)

    def ask(self, prompt, is_password=False):
        """The client's answer as bytes; None at the end of the file, or where nobody answers."""
        if not self.runs.current.accepts_stdin or self.interrupts.is_forked() or self.runs.is_foreign():
            return None
        return self.request(str(prompt), is_password)

    def ask_line(self, prompt="", is_password=False):
        """What `input` does, and `getpass`, whose answer the client does not show while it is typed."""
        if getattr(sys, "stdin", None) is not self.text or self.interrupts.is_forked():
            return public_input(prompt)
        if self.runs.is_foreign():
            raise EOFError(RUN_HAS_ENDED)
        if not self.runs.current.accepts_stdin:
            raise EOFError(NO_INPUT)
        line = self.ask(prompt, is_password)
        if line is None:
            raise EOFError("end of input")
        text = line.decode("utf-8", "replace")
        return text[:-1] if text.endswith("\n") else text
