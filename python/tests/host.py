"""A small host for a worker: the package as codecell-server starts it, over pipes, without the server."""

import fcntl
import json
import os
import select
import signal
import struct
import subprocess
import termios
import time
from pathlib import Path

SOURCES = Path(__file__).resolve().parents[1]
# What the server starts Python with, too.
START = SOURCES / "start"
HEADER = struct.Struct("<IB3xQ")
READY, PREPARED, PLACED, MISPLACED, STDOUT, STDERR, DRAIN, ERROR, INPUT, COMPLETED, WARNING, RESULT = range(1, 13)
COMPLETE, INSPECT, VARIABLES = range(1, 4)
PLACE, EXECUTE, LINE, END_OF_FILE, END = range(1, 6)
# Nothing here takes this long, on however loaded a machine.
CEILING = 60
NUDGE_SECONDS = 0.02

programs = {}


def program(python):
    """The package, compiled by this Python, after its length."""
    if python not in programs:
        modules = []
        for path in sorted((SOURCES / "codecell").rglob("*.py")):
            relative = path.relative_to(SOURCES).as_posix()
            modules.append((relative, path.read_text()))
        probe = (START / "probe.py").read_text()
        done = subprocess.run([python, "-I", "-c", probe], input=json.dumps(modules).encode(), stdout=-1, check=True)
        compiled = done.stdout.partition(b"\n")[2]  # after what it says of itself
        programs[python] = struct.pack("<I", len(compiled)) + compiled
    return programs[python]


class Outcome:
    """What a run has written, in order as well, and how it ended."""

    def __init__(self):
        self.stdout = ""
        self.stderr = ""
        self.pieces = []
        self.prompts = []
        self.results = []  # as the wire has them; in `pieces` too
        self.error = None  # class name, message, traceback
        self.details = None  # its frames
        self.is_interrupted = False

    def success(self):
        """Its stdout, where there was no error."""
        assert self.error is None, self.error[2]
        return self.stdout

    def traceback(self):
        """Its traceback, where there was an error."""
        assert self.error is not None, self.stdout
        return self.error[2]


class Worker:
    """A worker process."""

    def __init__(self, python, directory, environment=None):
        self.python = python
        channel, channel_end = os.pipe()
        commands_end, commands = os.pipe()
        acknowledgements_end, acknowledgements = os.pipe()
        self.stack, stack_end = os.pipe()
        questions_end, self.questions = os.pipe()
        self.answers, answers_end = os.pipe()
        out, out_end = os.pipe()
        err, err_end = os.pipe()
        ends = (channel_end, commands_end, acknowledgements_end, stack_end, questions_end, answers_end)
        bootstrap = (START / "bootstrap.py").read_text()
        for name, end in zip(("CHANNEL", "COMMANDS", "ACKNOWLEDGEMENTS", "STACK", "QUESTIONS", "ANSWERS"), ends):
            bootstrap = bootstrap.replace(name, str(end))
        inherited = {"PATH": os.environ["PATH"], "HOME": str(directory)}
        self.process = subprocess.Popen(
            [python, "-I", "-S", "-u", "-c", bootstrap],
            stdin=subprocess.DEVNULL,
            stdout=out_end,
            stderr=err_end,
            pass_fds=ends,
            cwd=directory,
            env={**inherited, **(environment or {})},
            start_new_session=True,
        )
        for end in (*ends, out_end, err_end):
            os.close(end)
        self.channel, self.commands, self.acknowledgements = channel, commands, acknowledgements
        self.pipes = {out: STDOUT, err: STDERR}
        for descriptor in (channel, out, err):
            os.set_blocking(descriptor, False)
        self.buffer = b""
        self.run_id = 0
        self.outcome = Outcome()
        os.write(commands, program(python))
        self.send(PLACE, os.fsencode(directory), 0)
        self.frames = self.read()
        for kind, _ in self.frames:
            if kind == PREPARED:
                break

    def send(self, kind, payload, run):
        """Sends a command."""
        data = HEADER.pack(len(payload), kind, run) + payload
        while data:
            data = data[os.write(self.commands, data) :]

    def begin(self, code, stdin=False, envs=None, name="", cell="", results=None):
        """Has it run code: with a file name and the id of the run, if it is to have them. `results` is the largest size of a result."""
        self.run_id += 1
        self.outcome = Outcome()
        payload = bytes([stdin]) if results is None else struct.pack("<BI", stdin | 2, results)
        for text in [code, name, cell, *[text for pair in (envs or {}).items() for text in pair]]:
            text = text.encode("utf-8", "surrogatepass")
            payload += struct.pack("<I", len(text)) + text
        self.send(EXECUTE, payload, self.run_id)

    def run(self, code, answers=None, envs=None, name="", cell="", results=None):
        """Runs code to its end; `answers` are for `input`, None is the end of the file."""
        self.begin(code, answers is not None, envs, name, cell, results)
        answers = list(answers or [])
        for kind, payload in self.frames:
            if kind == INPUT:
                self.outcome.prompts.append(payload[1:].decode())  # after a flag for passwords
                answer = answers.pop(0)
                self.send(END_OF_FILE if answer is None else LINE, (answer or "").encode(), self.run_id)
            elif kind == COMPLETED:
                return self.outcome
        raise AssertionError("the worker has ended: " + self.outcome.stdout + self.outcome.stderr)

    def show(self, code, most=16 << 20, **options):
        """Runs code for a client that wants results."""
        return self.run(code, results=most, **options)

    def wait_for(self, text):
        """Reads until stdout has this."""
        while text not in self.outcome.stdout:
            next(self.frames)

    def interrupt(self):
        """What Stop does; then reads to the end."""
        self.signal(signal.SIGINT)
        deadline = time.monotonic() + CEILING
        for kind, _ in self.read(nudge=True):
            if kind == COMPLETED:
                return self.outcome
            if time.monotonic() > deadline:
                raise AssertionError("it goes on after " + self.outcome.stdout + self.outcome.stderr)
        raise AssertionError("the worker has ended: " + self.outcome.stdout + self.outcome.stderr)

    def end(self):
        """Has it end by itself; its exit status."""
        self.send(END, b"", 0)
        for _ in self.read():
            pass
        return self.process.wait(CEILING)

    def ask(self, kind, code="", offset=None):
        """The answer to a question; without an offset, about the place of a `|` in the code."""
        if offset is None and kind != VARIABLES:
            before, _, after = code.partition("|")
            code, offset = before + after, len(before.encode("utf-16-le")) // 2
        payload = struct.pack("<I", offset or 0) + code.encode()
        data = HEADER.pack(len(payload), kind, 7) + payload
        while data:
            data = data[os.write(self.questions, data) :]
        answer = b""
        while len(answer) < HEADER.size or len(answer) < HEADER.size + HEADER.unpack_from(answer)[0]:
            assert select.select([self.answers], [], [], CEILING)[0], "no answer"
            answer += os.read(self.answers, 1 << 16)
        assert HEADER.unpack_from(answer)[1:] == (kind, 7)
        return json.loads(answer[HEADER.size :])

    def signal(self, number):
        """Signals its process group."""
        os.killpg(self.process.pid, number)

    def read(self, nudge=False):
        """The worker's frames, as (kind, payload); output goes into the outcome."""
        nudge_at = time.monotonic() + NUDGE_SECONDS
        while True:
            ready = select.select([self.channel, *self.pipes], [], [], NUDGE_SECONDS if nudge else CEILING)[0]
            if not ready and not nudge:
                self.signal(signal.SIGKILL)
                raise AssertionError("silence after " + self.outcome.stdout + self.outcome.stderr)
            held = {pipe: unread(pipe) for pipe in self.pipes}
            drained = False
            while True:
                # As the server does, also while output comes: the first signal may have come before the cell began.
                if nudge and time.monotonic() >= nudge_at:
                    self.signal(signal.SIGURG)
                    nudge_at = time.monotonic() + NUDGE_SECONDS
                    yield 0, b""
                try:
                    data = os.read(self.channel, 1 << 16)
                except BlockingIOError:
                    break
                if not data:
                    self.drain()
                    return
                self.buffer += data
                for kind, run, payload in self.split():
                    if kind == DRAIN:
                        drained = True
                        self.drain()
                        os.write(self.acknowledgements, b"\0")
                    elif kind in (STDOUT, STDERR):
                        if run == self.run_id:
                            self.add(kind, payload)
                    else:
                        if kind == COMPLETED:
                            self.outcome.is_interrupted = payload == b"\1"
                        elif kind == RESULT and run == self.run_id:
                            result = json.loads(payload)
                            self.outcome.results.append(result)
                            self.outcome.pieces.append((kind, result))
                        elif kind == ERROR:
                            *error, details = texts(payload)
                            self.outcome.error = tuple(error)
                            self.outcome.details = json.loads(details) if details else None
                        yield kind, payload
            if not drained:
                self.drain(held)
            yield 0, b""  # there may be output

    def split(self):
        """Frames off the buffer."""
        while len(self.buffer) >= HEADER.size:
            length, kind, run = HEADER.unpack_from(self.buffer)
            end = HEADER.size + length
            if len(self.buffer) < end:
                return
            payload, self.buffer = self.buffer[HEADER.size : end], self.buffer[end:]
            yield kind, run, payload

    def drain(self, held=None):
        """Takes what the pipes hold."""
        for pipe, kind in list(self.pipes.items()):
            count = unread(pipe) if held is None else held[pipe]
            if count:
                self.add(kind, os.read(pipe, count))
            elif hung_up(pipe):
                del self.pipes[pipe]
                os.close(pipe)

    def add(self, kind, data):
        """Output."""
        text = data.decode("utf-8", "replace")
        self.outcome.pieces.append((kind, text))
        if kind == STDOUT:
            self.outcome.stdout += text
        else:
            self.outcome.stderr += text

    def close(self):
        """Ends it."""
        for descriptor in (
            self.channel,
            self.commands,
            self.acknowledgements,
            self.stack,
            self.questions,
            self.answers,
            *self.pipes,
        ):
            os.close(descriptor)
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait()


def unread(pipe):
    """How many bytes a pipe holds."""
    return struct.unpack("i", fcntl.ioctl(pipe, termios.FIONREAD, b"\0\0\0\0"))[0]


def hung_up(pipe):
    """Whether all its writers are gone and nothing is left."""
    poll = select.poll()
    poll.register(pipe, select.POLLIN)
    return any(event & select.POLLHUP and not event & select.POLLIN for _, event in poll.poll(0))


def texts(payload):
    """The texts of a payload."""
    while payload:
        (length,) = struct.unpack_from("<I", payload)
        yield payload[4 : 4 + length].decode("utf-8", "replace")
        payload = payload[4 + length :]


def until(is_so):
    """Waits until something is so."""
    deadline = time.monotonic() + CEILING
    while not is_so():
        assert time.monotonic() < deadline, "never"
        time.sleep(0.005)
