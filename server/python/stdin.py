# What user code has as sys.stdin and as input(): the client is asked. After streams.py, in the same namespace.

import builtins
import select

commands = None
stdin_offered = False
NO_INPUT = (
    "there is nobody to answer input(): the client that runs this code did not offer to "
    "(a request with \"stdin\": true does)"
)


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


def ask(prompt, password=False):
    """The client's answer as bytes; None at the end of the file, or where nobody answers."""
    if not stdin_offered or os.getpid() != interrupts.pid:
        return None
    flush()
    run = channel.run
    channel.send(INPUT, bytes([password]) + str(prompt).encode("utf-8", "backslashreplace"))
    while channel.run == run:
        command = commands.take(lambda command: command[0] in (LINE, END_OF_FILE) and command[1] == run)
        if command is not None:
            return command[2] if command[0] == LINE else None
        wait_for(commands.descriptor, select.POLLIN)
    return None


def ask_line(prompt=""):
    """Read a string from the client. The trailing newline is stripped."""
    return read_line(prompt, password=False)


def ask_password(prompt=""):
    """Read a string that the client does not show while it is typed."""
    return read_line(prompt, password=True)


def read_line(prompt, password):
    if getattr(sys, "stdin", None) is not own["stdin"] or os.getpid() != interrupts.pid:
        return original_input(prompt)
    if not stdin_offered:
        raise EOFError(NO_INPUT)
    line = ask(prompt, password)
    if line is None:
        raise EOFError("end of input")
    text = line.decode("utf-8", "replace")
    return text[:-1] if text.endswith("\n") else text


ask_line.__name__ = ask_line.__qualname__ = "input"
original_input = builtins.input
