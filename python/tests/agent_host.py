"""A stock toolbox's worker with the agent in it, without the toolbox: `tests/daytona/worker.py` over its pipes."""

import json
import os
import queue
import signal
import subprocess
import threading
import zlib
from base64 import b64encode
from pathlib import Path
from uuid import uuid4

SOURCES = Path(__file__).resolve().parents[1]
WORKER = SOURCES.parent / "tests" / "daytona" / "worker.py"
NAME = "_codecell_agent_test"
# Nothing here takes this long, on however loaded a machine.
CEILING = 60


def programs():
    """Python that unpacks the package, as the client sends it."""
    modules = {}
    for path in sorted((SOURCES / "codecell").rglob("*.py")):
        name = path.relative_to(SOURCES).as_posix()[:-3].replace("/__init__", "").replace("/", ".")
        modules[name] = path.read_text()
    packed = b64encode(zlib.compress(json.dumps(modules).encode())).decode()
    return "__import__('json').loads(__import__('zlib').decompress(__import__('base64').b64decode('%s')))" % packed


CALL = "__import__('sys').modules['%s']" % NAME
INSTALL = "(lambda p,n:(exec(p['codecell.agent.start'],n),n['install']('%s',p))[1])(%s,{})" % (NAME, programs())


class Outcome:
    """What a run has written, and how it ended."""

    def __init__(self):
        self.pieces = []  # of stdout
        self.stderr = ""
        self.start = {}
        self.error = {}
        self.results = []
        self.prompts = []
        self.status = ""  # empty: the run has not ended
        self.died = None
        self.plain = []  # frames of the worker's own, beside output
        self.control = ""

    @property
    def stdout(self):
        """Its stdout."""
        return "".join(self.pieces)


class Agent:
    """A worker that has the agent, or gets it with its first run."""

    def __init__(self, python, directory, environment=None):
        self.process = subprocess.Popen(
            [python, "-u", str(WORKER)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            cwd=directory,
            env={"PATH": os.environ["PATH"], "HOME": str(directory), **(environment or {})},
            start_new_session=True,
        )
        self.lines = queue.Queue()
        threading.Thread(target=self.read, daemon=True).start()
        self.how = INSTALL
        self.next_marker = uuid4().hex

    def read(self):
        for line in self.process.stdout:
            if line.strip():
                self.lines.put(json.loads(line))
        self.lines.put(None)

    def send(self, code):
        self.process.stdin.write(json.dumps({"code": code}).encode() + b"\n")
        self.process.stdin.flush()

    def begin(self, code, **options):
        """Has it run code. `options` are those of the agent's `run`."""
        self.marker, self.next_marker = self.next_marker, uuid4().hex
        call = ".run(%s,'%s',%s)" % (json.dumps(code, ensure_ascii=False), self.marker, json.dumps(options))
        self.send(self.how + call)
        self.how = CALL
        self.outcome = Outcome()
        self.parts = ""

    def run(self, code, answers=(), **options):
        """Runs code to its end; `answers` are for `input`, None is the end of the file."""
        self.begin(code, **options)
        return self.finish(answers)

    def plain(self, code):
        """Runs code as other clients do."""
        self.send(code)
        self.outcome = Outcome()
        return self.finish()

    def finish(self, answers=()):
        """Reads to the end of the run, as the toolbox knows it."""
        answers = list(answers)
        while not self.outcome.control:
            kind = self.step()
            if kind == "input" and answers:
                answer = answers.pop(0)
                text = b"E" if answer is None else b"L" + b64encode(answer.encode())
                path = self.path(len(self.outcome.prompts))
                path.with_suffix(".new").write_bytes(text)
                path.with_suffix(".new").rename(path)
        return self.outcome

    def wait_for(self, text):
        """Reads until stdout has this."""
        while text not in self.outcome.stdout:
            assert self.step() != "control", self.outcome.stdout

    def step(self):
        """Takes the next line: what kind it is."""
        frame = self.lines.get(timeout=CEILING)
        assert frame is not None, "the worker has ended: %s" % vars(self.outcome)
        outcome, kind = self.outcome, frame["type"]
        if kind == "codecell" and frame["name"] == self.marker:
            self.parts += frame["text"]
            if frame.get("traceback") == "more":
                return ""
            content, self.parts = json.loads(self.parts), ""
            kind = frame["value"]
            if kind == "start":
                outcome.start = content
            elif kind == "error":
                outcome.error = content
            elif kind == "end":
                outcome.status = content["status"]
            elif kind == "died":
                outcome.died = content
            elif kind == "result":
                outcome.results.append(content)
            elif kind == "input":
                outcome.prompts.append(content["prompt"])
        elif kind == "stdout":
            outcome.pieces.append(frame["text"])
        elif kind == "stderr":
            outcome.stderr += frame["text"]
        elif kind == "control":
            outcome.control = frame["text"]
        else:
            outcome.plain.append(frame)
        return kind

    def path(self, name):
        """A file by which the run is reached."""
        return Path("%s/codecell-%s.%s" % (self.outcome.start.get("directory", "/tmp"), self.marker, name))

    def interrupt(self):
        """What Stop does, once the run has begun."""
        while not self.outcome.start:
            self.step()
        self.path("stop").touch()
        os.kill(self.process.pid, signal.SIGURG)

    def wait_for_death(self):
        """Waits until the process has ended."""
        return self.process.wait(CEILING)

    def kill(self):
        """Ends it, and what it has started."""
        try:
            os.killpg(self.process.pid, signal.SIGKILL)
        except ProcessLookupError:
            pass
        self.process.wait(CEILING)
        for end in (self.process.stdin, self.process.stdout):
            end.close()
