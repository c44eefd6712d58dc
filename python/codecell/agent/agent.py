"""The agent: runs cells in the worker of a stock toolbox, whose own way to run code it replaces for the client's runs."""

import builtins
import sys
from _json import encode_basestring as quoted
from posix import getpid, getppid
from time import monotonic

from ..cells import Cells
from ..interrupts import Interrupts
from ..loop import CellLoop
from ..public import PublicLibrary
from ..runs import Run, Runs
from ..stdin import Stdin
from ..streams import Streams
from ..trampoline import once
from .channel import Channel
from .descriptors import Descriptors
from .mailbox import Mailbox
from .signals import Signals
from .watch import Watch

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..importer import Importer

STREAMS = ("stdin", "__stdin__", "stdout", "__stdout__", "stderr", "__stderr__")


class MainModule(type(sys)):
    """`sys.modules["__main__"]` for the client's runs: it shows the worker's globals, where pickle finds what cells define."""

    def __getattribute__(self, name):
        namespace = object.__getattribute__(self, "_namespace")
        if name == "__dict__":
            return namespace
        return namespace[name] if name in namespace else object.__getattribute__(self, name)

    def __setattr__(self, name, value):
        object.__getattribute__(self, "_namespace")[name] = value

    def __delattr__(self, name):
        try:
            del object.__getattribute__(self, "_namespace")[name]
        except KeyError:
            raise AttributeError(name)


class Agent:
    """Everything of ours in the worker's process."""

    def __init__(self, importer: "Importer", begun):
        self.begun = begun  # when the run began that installs it; 0 in later ones
        self.interrupts = Interrupts()
        self.runs = Runs()
        self.mailbox = Mailbox()
        self.descriptors = Descriptors()
        self.channel = Channel(self.descriptors, self.interrupts, self.mailbox, self.status)
        self.watch = Watch(self.descriptors, self.channel)
        self.signals = Signals(self.interrupts, self.mailbox, self.watch)
        self.stdin = Stdin(self.interrupts, self.runs, self.ask)
        self.streams = Streams(self.channel, self.interrupts, self.runs, self.stdin)
        public = PublicLibrary(importer, ignore)
        self.cells = Cells(
            importer,
            self.channel,
            self.interrupts,
            self.runs,
            self.stdin,
            self.streams,
            public,
            CellLoop(public, self.interrupts),
            no_hint,
            ignore,
            self.look,
        )
        self.main = MainModule("__main__")

    def install(self, importer: "Importer"):
        """Makes the changes that stay between runs."""
        self.watch.install(self.streams.flush)
        self.cells.install(ignore, self.begin_child)
        # As with `python -c`: a module in the working directory can be imported.
        if "" not in sys.path:
            sys.path.insert(0, "")
        importer.seal()

    def look(self):
        """What the governor does every few milliseconds."""
        self.channel.collect()
        self.signals.repeat()

    def begin_child(self):
        """In a child that user code has forked."""
        self.descriptors.close()
        self.watch.close()
        self.signals.reset_in_child()

    def run(self, source, marker, options):
        """One run, called by the code that the client sends. `options`: stdin, credit, name, results (the largest), timeout (seconds)."""
        namespace = sys._getframe(1).f_globals
        kept = [getattr(sys, name, None) for name in STREAMS]
        ask, main = builtins.input, sys.modules.get("__main__")
        self.mailbox.begin(marker)
        begun, self.begun = self.begun or monotonic(), 0
        self.signals.enter(begun, options.get("timeout", 0))
        try:
            self.descriptors.enter()
            self.channel.begin(marker, options.get("credit") and self.mailbox.directory)
            object.__setattr__(self.main, "_namespace", namespace)
            sys.modules["__main__"] = self.main
            self.watch.say("run " + marker)
            self.introduce()
            once(self.steps(source, marker, namespace, options))()
        finally:
            self.channel.run = ""
            self.descriptors.leave()
            for name, stream in zip(STREAMS, kept):
                setattr(sys, name, stream)
            builtins.input = ask
            if main is not None:
                sys.modules["__main__"] = main
            if self.cells.results is not None:
                self.cells.results.begin(None)
            self.mailbox.end()
            self.watch.say("idle")
            self.signals.leave()
        if self.signals.is_over:
            raise KeyboardInterrupt  # so that the worker says it, too

    def look_up(self, kind, code, offset, marker):
        """Answers a question about names, called by the code that the client sends."""
        from ..insight.questions import answer

        namespace = sys._getframe(1).f_globals
        self.channel.run = marker
        self.introduce()
        self.channel.send("answer", answer(kind, code, offset, namespace, self.cells.sources))
        self.channel.run = ""

    def introduce(self):
        """Says which process this is, and how it can be reached."""
        fields = (getpid(), getppid(), self.descriptors.output, quoted(self.mailbox.directory))
        self.channel.send("start", '{"pid":%d,"parent":%d,"output":%d,"directory":%s}' % fields)

    def steps(self, source, marker, namespace, options):
        """What the run does, as calls for the trampoline."""
        if self.mailbox.is_stopped():
            self.signals.is_stop_wanted = True
            self.channel.send_end(True)
            return
        self.cells.begin()
        accepts_stdin = bool(options.get("stdin")) and self.mailbox.directory != ""
        run = Run(marker, accepts_stdin)
        most = options.get("results")
        yield from self.cells.run(run, namespace, source, options.get("name", ""), marker, most)

    def status(self, was_interrupted):
        """How the run has ended."""
        if was_interrupted and self.signals.is_stop_wanted:
            return "interrupted"
        return "over" if was_interrupted and self.signals.is_over else "completed"

    def ask(self, prompt, is_password):
        """The client's answer to `input`, or None at the end of its input."""
        self.streams.flush()
        self.mailbox.questions += 1
        number = self.mailbox.questions
        text = '{"prompt":%s,"password":%s,"number":%d}'
        self.channel.send("input", text % (quoted(prompt), "true" if is_password else "false", number))
        return self.mailbox.wait(number)


def install(importer, begun):
    """Makes the agent."""
    agent = Agent(importer, begun)
    agent.install(importer)
    return agent


def ignore(*_):
    """There is no log to write to."""


def no_hint(error, accepts_stdin):
    """Nothing is known of the sandbox."""
    return ""
