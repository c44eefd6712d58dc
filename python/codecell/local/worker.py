"""Runs cells: one process, one context.

start ─► READY ─► prepare: site ─► PREPARED ─► EXECUTE ─► … ─► COMPLETED ─► EXECUTE …
             └─ PLACE: now, if it is there, or else ─┘ here
"""

import builtins
import os
import sys
from _functools import partial
from _signal import SIGINT, SIGURG, SIGUSR1, signal
from _thread import get_ident
from posix import close
from select import POLLIN

from ..flags import pretend_ordinary
from ..hints import NETWORK_OFF, downloads, hint
from ..interrupts import MAIN_THREAD, Interrupts, acting_on
from ..public import PublicLibrary
from ..runs import Run, Runs
from ..stdin import Stdin
from ..streams import Streams
from ..trampoline import forget_launch
from .channel import (
    INPUT,
    LENGTH,
    MISPLACED,
    PLACED,
    PREPARED,
    READY,
    WAIT_MILLISECONDS,
    WARNING,
    Channel,
    move_high,
    wait_for,
)
from .commands import (
    ACCEPTS_STDIN,
    END,
    END_OF_FILE,
    LINE,
    PLACE,
    WANTS_RESULTS,
    Commands,
    is_place,
    is_setup,
    texts,
)
from .environment import Environment
from .questions import Questions
from .tasks import TaskLoop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..cells import Cells
    from ..importer import Importer


TOOLS_HEAR_ALL_THREADS = sys.version_info >= (3, 12)


class Worker:
    """Everything that a context's process has of ours."""

    cells: "Cells"  # made by `prepare`

    def __init__(
        self,
        importer: "Importer",
        channel: int,
        commands: int,
        acknowledgements: int,
        stack: int,
        questions: int,
        answers: int,
    ):
        self.importer = importer
        self.interrupts = Interrupts()
        self.runs = Runs()
        self.channel = Channel(move_high(channel), move_high(acknowledgements), self.interrupts)
        self.commands = Commands(move_high(commands), self.interrupts)
        self.stack = move_high(stack)
        self.stdin = Stdin(self.interrupts, self.runs, self.ask_client)
        self.streams = Streams(self.channel, self.interrupts, self.runs, self.stdin)
        self.main_module = type(sys)("__main__", None)
        self.main_module.__builtins__ = builtins
        self.questions = Questions(move_high(questions), move_high(answers), self.main_module.__dict__)
        self.directory = ""  # where the worker was placed: imports look there first
        self.is_prepared = False
        self.public = PublicLibrary(importer, self.warn)
        self.loop = TaskLoop(self.public, self.interrupts, self.commands, self.questions)
        self.has_network = os.environ.pop("CODECELL_NETWORK", "on") != "off"

    def start(self):
        """Reports as ready: everything that takes time comes after that."""
        signal(SIGINT, acting_on(self.interrupts.decide_interrupt))
        signal(SIGURG, acting_on(self.interrupts.decide_nudge))
        self.streams.open()
        self.channel.send(READY)

    def steps(self):
        """What the worker does, as calls for the trampoline."""
        forget_launch()
        command = self.commands.take(is_place)
        if command is not None:  # the server waits for it already
            self.place(os.fsdecode(command[2]))
        self.prepare()
        while True:
            try:
                command = yield from self.next_command()
            except BaseException:  # raised by a signal handler of user code
                continue
            if command[0] == PLACE:
                self.place(os.fsdecode(command[2]))
            elif command[0] == END:
                self.end()
            else:
                yield from self.run_cell(command[1], command[2])

    def end(self):
        """Ends as Python ends."""
        from .ending import end

        end()

    def next_command(self):
        """Waits for the next command."""
        while True:
            command = self.commands.take(is_setup)
            if command is not None:
                return command
            self.questions.answer()
            if self.loop.has_tasks():
                assert self.cells.guard is not None
                yield from self.loop.run_tasks(self.cells.guard)
                continue
            descriptors = self.questions.descriptors()
            wait_for(self.commands.descriptor, POLLIN, WAIT_MILLISECONDS if self.runs.by_thread else None, *descriptors)

    def prepare(self):
        """Makes ready what user code may count on, before it runs."""
        # Not sooner: the server waits for READY.
        from ..cells import Cells

        self.cells = Cells(
            self.importer,
            self.channel,
            self.interrupts,
            self.runs,
            self.stdin,
            self.streams,
            self.public,
            self.loop,
            partial(hint, has_network=self.has_network),
            self.warn,
            self.questions.answer,
        )
        self.questions.sources = self.cells.sources
        self.cells.install(self.note_start, self.close_descriptors, self.before_tracing)
        sys.modules["__main__"] = self.main_module
        sys.argv = [""]
        import faulthandler
        import site

        site.main()
        pretend_ordinary()
        packages = os.environ.pop("CODECELL_PACKAGES", None)
        sys.path[0:0] = [self.directory, packages] if packages else [self.directory]
        faulthandler.register(SIGUSR1, self.stack, all_threads=False)
        self.importer.seal()
        self.is_prepared = True
        self.channel.send(PREPARED)

    def before_tracing(self):
        """User code is about to turn a tracer or profiler on."""
        if get_ident() == MAIN_THREAD and not self.interrupts.is_forked():
            self.streams.set_native(True)
            if TOOLS_HEAR_ALL_THREADS:
                self.cells.governor.end(len(self.runs.by_thread))

    def close_descriptors(self):
        """In a forked child, which writes to the pipes, and must not touch the channel."""
        channel = self.channel
        for descriptor in (channel.descriptor, channel.acknowledgements, self.commands.descriptor, self.stack):
            close(descriptor)
        self.questions.close()

    def place(self, wanted):
        """Takes a working directory, and imports from there."""
        try:
            try:
                os.chdir(wanted)
            except PermissionError:
                # Code in another context may have closed the workspace to its own user. One without any right there can't.
                home = os.environ["HOME"]
                os.chmod(home, os.stat(home).st_mode & 0o3777 | 0o700)
                os.chdir(wanted)
            self.directory = os.getcwd()
            if self.is_prepared:
                sys.path[0] = self.directory
            self.channel.send(PLACED, os.fsencode(self.directory))
        except OSError as error:
            self.channel.send(MISPLACED, (error.strerror or str(error)).encode())

    def run_cell(self, id, payload):
        """One execution, from EXECUTE to COMPLETED."""
        self.cells.begin()
        self.commands.inbox.clear()
        run = Run(id, accepts_stdin=bool(payload[0] & ACCEPTS_STDIN))
        most_bytes = None
        start = 1
        if payload[0] & WANTS_RESULTS:
            (most_bytes,) = LENGTH.unpack_from(payload, start)
            start += LENGTH.size
        source, file_name, cell, *pairs = texts(payload[start:])
        environment = Environment(zip(pairs[::2], pairs[1::2]))
        yield from self.cells.run(run, self.main_module.__dict__, source, file_name, cell, most_bytes, environment)

    def ask_client(self, prompt, is_password):
        """Sends a question; the client's answer as bytes, or None at the end of the file."""
        self.streams.flush()
        run = self.channel.run
        self.channel.send(INPUT, bytes([is_password]) + prompt.encode("utf-8", "backslashreplace"))
        while self.channel.run == run:
            command = self.commands.take(lambda command: command[0] in (LINE, END_OF_FILE) and command[1] == run)
            if command is not None:
                return command[2] if command[0] == LINE else None
            wait_for(self.commands.descriptor, POLLIN)
        return None

    def note_start(self, arguments):
        """A child process is about to start: says why it will fail where that is known."""
        if not self.has_network and downloads(arguments):
            self.streams.stderr.text.write(NETWORK_OFF)

    def warn(self, line):
        """A line for the server's log."""
        self.channel.send(WARNING, line.encode("utf-8", "backslashreplace"))
