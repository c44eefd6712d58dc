"""Runs cells: one process, one context.

start ─► READY ─► prepare: site ─► PREPARED ─► EXECUTE ─► … ─► COMPLETED ─► EXECUTE …
             └─ PLACE: now, if it is there, or else ─┘ here
"""

import _thread
import builtins
import os
import sys
from _functools import partial
from _signal import SIGINT, SIGURG, SIGUSR1, signal
from _thread import get_ident
from posix import close
from select import POLLIN

from ..flags import pretend_ordinary
from ..hints import NETWORK_OFF, downloads
from ..interrupts import MAIN_THREAD, Interrupts, acting_on
from ..runs import Run, Runs
from ..stdin import Stdin
from ..streams import Streams
from ..trampoline import forget_launch
from .channel import (
    COMPLETED,
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
from .failures import Failures, ends_well
from .loop import CellLoop
from .public import PublicLibrary
from .questions import Questions

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..cell import Guard
    from ..importer import Importer
    from ..results.service import Results
    from ..sources import Sources
    from ..tracebacks import Tracebacks
    from ..tracing import TracingNotice
    from .governor import Governor


CO_COROUTINE = 0x80
TOOLS_HEAR_ALL_THREADS = sys.version_info >= (3, 12)
# Every `from __future__` flag; they hold on for later cells, as at a prompt.
FUTURES = 0x1FE0000


class Worker:
    """Everything that a context's process has of ours."""

    # Made by `prepare`.
    governor: "Governor"
    sources: "Sources"
    tracing: "TracingNotice"
    # Made for the first cell.
    guard: "Guard"
    tracebacks: "Tracebacks"
    # Made for the first run whose client wants them.
    results: "Results | None" = None

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
        self.has_run_cells = False
        self.main_module = type(sys)("__main__", None)
        self.main_module.__builtins__ = builtins
        self.questions = Questions(move_high(questions), move_high(answers), self.main_module.__dict__)
        self.futures = 0  # flags of `from __future__` imports
        self.directory = ""  # where the worker was placed: imports look there first
        self.is_prepared = False
        self.public = PublicLibrary(importer, self.warn)
        self.loop = CellLoop(self.public, self.interrupts, self.commands, self.questions)
        self.has_network = os.environ.pop("CODECELL_NETWORK", "on") != "off"
        self.failures = Failures(self.channel, self.streams, self.runs, self.has_network)

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
                yield from self.loop.run_tasks(self.guard)
                continue
            descriptors = self.questions.descriptors()
            wait_for(self.commands.descriptor, POLLIN, WAIT_MILLISECONDS if self.runs.by_thread else None, *descriptors)

    def prepare(self):
        """Makes ready what user code may count on, before it runs."""
        # Not sooner: the server waits for READY.
        from .. import printing
        from ..adapters import Adapters
        from ..processes import Processes
        from ..sources import Sources
        from ..tracing import TracingNotice
        from .governor import Governor

        self.governor = Governor(self.channel, self.streams, self.interrupts, self.questions)
        self.sources = self.questions.sources = Sources()
        for callback in (Sources.forget, Sources.hide):  # of weak references: Python ignores what they raise
            self.interrupts.protect(callback)
        share = self.streams.share
        _thread.start_new_thread = self.runs.counted(_thread.start_new_thread, share)
        _thread.start_new = _thread.start_new_thread
        start_joinable = getattr(_thread, "start_joinable_thread", None)  # from Python 3.13 on
        if start_joinable is not None:
            _thread.start_joinable_thread = self.runs.counted(start_joinable, share)  # pyright: ignore[reportAttributeAccessIssue]
        processes = Processes(self.streams, self.runs, self.interrupts, self.governor, self.note_start)
        processes.install(self.close_descriptors)
        self.stdin.install()
        Adapters(
            self.importer,
            self.sources,
            self.runs,
            self.stdin,
            self.before_tracing,
            self.loop.for_task,
            self.failures.keep_late,
            self.warn,
        ).install()
        self.tracing = TracingNotice(self.before_tracing)
        printing.replace_thread_hook(lambda: self.tracebacks.printing)
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
            if TOOLS_HEAR_ALL_THREADS and self.governor.is_running():
                self.governor.end(len(self.runs.by_thread))

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
        if not self.has_run_cells:
            # Not sooner: a context that runs nothing does without what syntax trees take.
            from ..cell import Guard
            from ..tracebacks import Tracebacks

            self.public.load("warnings")  # without it, the interpreter shows no line of a cell in a warning
            self.guard = Guard(self.interrupts)
            self.tracebacks = Tracebacks(self.importer, self.sources, self.interrupts)
            self.failures.tracebacks = self.tracebacks
            self.tracebacks.printing.install()
            self.has_run_cells = True
        self.streams.flush()
        self.streams.open()
        self.commands.inbox.clear()
        self.streams.begin(Run(id, accepts_stdin=bool(payload[0] & ACCEPTS_STDIN)))
        results, payload = self.begin_results(payload)
        source, file_name, cell, *pairs = texts(payload)
        self.failures.show_late()
        self.interrupts.reset()
        self.governor.start()
        name = self.sources.add(source, file_name, cell)
        environment = Environment()
        failures = []  # a list, so that no frame but the last holds the error, and with it all that its frames hold
        try:
            environment.set(zip(pairs[::2], pairs[1::2]))
            code, is_guarded = self.compile_cell(source, name, results)
            if self.guard.restores_tracer:
                self.before_tracing()
            else:
                self.tracing.install()
            self.sources.follow(name, code)
            self.futures |= code.co_flags & FUTURES
        except BaseException as error:
            failures.append(error)
        else:
            if code.co_flags & CO_COROUTINE:
                yield from self.loop.await_cell(self.guard, code, self.main_module.__dict__)
            elif is_guarded:
                yield (partial(*self.loop.in_context(exec), code, self.main_module.__dict__),)
            else:
                yield self.guard.call(*self.loop.in_context(exec), code, self.main_module.__dict__)
            code = None
            failures = self.failures.take(self.guard)
            finish = results and results.finish_cell(bool(failures) and self.interrupts.was_raised)
            if finish is not None:
                yield self.guard.call(finish)
                failures = failures or self.failures.take(self.guard)
                self.guard.take_errors()
        environment.restore()
        if failures and ends_well(failures[0]):
            failures.clear()
        if self.interrupts.is_forked():
            self.failures.leave_child(failures, name)
        self.end_run(failures, name)

    def compile_cell(self, source, name, results):
        """The code of a cell, and whether it is guarded. With results, lines of notebooks are code, too."""
        if results is None:
            return self.guard.compile(source, name, self.futures)
        try:
            return self.guard.compile(source, name, self.futures, results.show)
        except SyntaxError as error:
            source, functions = results.translate(source, name, error)
        return self.guard.compile(source, name, self.futures, results.show, functions)

    def begin_results(self, payload):
        """The results of a run, or None where its client wants none; and what is left of the payload."""
        most_bytes = None
        if payload[0] & WANTS_RESULTS:
            (most_bytes,) = LENGTH.unpack_from(payload, 1)
            if self.results is None:
                from ..results.service import Results

                self.results = Results(
                    self.streams,
                    self.runs,
                    self.interrupts,
                    self.channel.send_result,
                    self.importer,
                    builtins,
                    sys,
                    self.warn,
                )
        if self.results is not None:
            self.results.begin(most_bytes)
        return (None, payload[1:]) if most_bytes is None else (self.results, payload[1 + LENGTH.size :])

    def end_run(self, failures, name):
        """Sends what is left of a run's output, its error and its end."""
        self.interrupts.is_pending = False
        self.runs.current.is_ending = True
        self.streams.wait_for_threads()
        self.governor.stop()
        self.streams.flush_all()
        was_interrupted = False
        if failures:
            was_interrupted = self.interrupts.was_raised and issubclass(type(failures[0]), KeyboardInterrupt)
            self.failures.report(failures[0], name)
            # Until Python's collector comes around it would hold itself by its traceback.
            failures.clear()
        self.channel.send(COMPLETED, b"\1" if was_interrupted else b"\0")
        self.runs.current = Run(0)
        self.channel.run = 0

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
