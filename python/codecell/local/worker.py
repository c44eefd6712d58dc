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
from posix import _exit as os_exit
from posix import close
from select import POLLIN

from ..flags import pretend_ordinary
from ..hints import NETWORK_OFF, downloads, hint
from ..interrupts import MAIN_THREAD, Interrupts
from ..runs import Run, Runs
from ..stdin import Stdin
from ..streams import Streams
from ..trampoline import forget_launch
from .channel import (
    COMPLETED,
    ERROR,
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
from .commands import ACCEPTS_STDIN, END, END_OF_FILE, LINE, PLACE, Commands, is_place, is_setup, texts
from .environment import Environment
from .public import PublicLibrary

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _contextvars import Context
    from asyncio import AbstractEventLoop

    from ..cell import Guard
    from ..importer import Importer
    from ..sources import Sources
    from ..tracebacks import Tracebacks
    from ..tracing import TracingNotice
    from .governor import Governor


LARGEST_TEXT = 4 << 20
MOST_LATE_ERRORS = 16
CO_COROUTINE = 0x80
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

    def __init__(self, importer: "Importer", channel: int, commands: int, acknowledgements: int, stack: int):
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
        self.futures = 0  # flags of `from __future__` imports
        self.loop: "AbstractEventLoop | None" = None  # of cells with `await`
        # What cells have set of `contextvars`, once one with `await` has had a copy.
        self.context: "Context | None" = None
        self.directory = ""  # where the worker was placed: imports look there first
        self.is_prepared = False
        self.public = PublicLibrary(importer, self.warn)
        self.late_errors: list[str] = []  # of threads, not shown yet
        self.has_network = os.environ.pop("CODECELL_NETWORK", "on") != "off"

    def start(self):
        """Reports as ready: everything that takes time comes after that."""
        signal(SIGINT, self.interrupts.handle)
        signal(SIGURG, self.interrupts.nudge)
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
            if self.loop is not None and not self.loop.is_closed() and self.all_tasks(self.loop):
                # As in a notebook, tasks go on between cells.
                self.loop.add_reader(self.commands.descriptor, self.loop.stop)
                yield self.guard.call(self.loop.run_forever)
                self.loop.remove_reader(self.commands.descriptor)
                self.guard.take_errors()
                continue
            wait_for(self.commands.descriptor, POLLIN, WAIT_MILLISECONDS if self.runs.by_thread else None)

    def prepare(self):
        """Makes ready what user code may count on, before it runs."""
        # Not sooner: the server waits for READY.
        from .. import printing
        from ..adapters import Adapters
        from ..processes import Processes
        from ..sources import Sources
        from ..tracing import TracingNotice
        from .governor import Governor

        self.governor = Governor(self.channel, self.streams, self.interrupts)
        self.sources = Sources()
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
            self.sources, self.runs, self.stdin, self.before_tracing, self.idle_loop, self.show_late, self.warn
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

    def close_descriptors(self):
        """In a forked child, which writes to the pipes, and must not touch the channel."""
        channel = self.channel
        for descriptor in (channel.descriptor, channel.acknowledgements, self.commands.descriptor, self.stack):
            close(descriptor)

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
            self.tracebacks = Tracebacks(self.importer, self.sources)
            self.tracebacks.printing.install()
            self.has_run_cells = True
        self.streams.flush()
        self.streams.open()
        self.commands.inbox.clear()
        self.streams.begin(Run(id, accepts_stdin=bool(payload[0] & ACCEPTS_STDIN)))
        source, *pairs = texts(payload[1:])
        while self.late_errors:
            self.streams.stderr.text.write(self.late_errors.pop(0))
        self.interrupts.reset()
        self.governor.start()
        name = self.sources.add(source)
        environment = Environment()
        failures = []  # a list, so that no frame but the last holds the error, and with it all that its frames hold
        try:
            environment.set(zip(pairs[::2], pairs[1::2]))
            code, is_guarded = self.guard.compile(source, name, self.futures)
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
                yield from self.await_cell(code)
            elif is_guarded:
                yield (partial(*self.in_context(exec), code, self.main_module.__dict__),)
            else:
                yield self.guard.call(*self.in_context(exec), code, self.main_module.__dict__)
            code = None
            failures = self.take_failures()
        environment.restore()
        if failures and ends_well(failures[0]):
            failures.clear()
        if self.interrupts.is_forked():
            self.leave_child(failures, name)
        self.end_run(failures, name)

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
            self.report(failures[0], name)
            # Until Python's collector comes around it would hold itself by its traceback.
            failures.clear()
        self.channel.send(COMPLETED, b"\1" if was_interrupted else b"\0")
        self.runs.current = Run(0)
        self.channel.run = 0

    def await_cell(self, code):
        """Runs a cell with top-level `await` in the context's one persistent loop."""
        try:
            loop = self.open_loop()
            task = partial(*self.in_context(loop.create_task))(eval(code, self.main_module.__dict__))
        except BaseException as error:
            self.guard.errors.append((type(error), error, None))
            return
        yield self.guard.call(loop.run_until_complete, task)
        # A finished task must not be run again: run_until_complete would never return.
        if not task.done():
            task.cancel()
            yield self.guard.call(loop.run_until_complete, task)
        self.context = self.guard.take_context() or self.context

    def in_context(self, function):
        """What calls a function in the context of the cells before: a tuple, for `partial`."""
        return (function,) if self.context is None else (self.context.run, function)

    def open_loop(self) -> "AbstractEventLoop":
        """The context's one persistent loop."""
        loop = self.loop
        if loop is None or loop.is_closed():
            asyncio = self.public.load_asyncio()
            self.loop = loop = asyncio.new_event_loop()
            self.set_event_loop = asyncio.set_event_loop
            self.all_tasks = asyncio.all_tasks
        self.set_event_loop(loop)
        return loop

    def idle_loop(self):
        """The loop, for a task that a cell without `await` has begun."""
        return self.open_loop() if get_ident() == MAIN_THREAD and not self.interrupts.is_forked() else None

    def take_failures(self):
        """What the cell has raised: one error, or none."""
        errors = self.guard.take_errors()
        if len(errors) > 1 and type(errors[-1]).__name__ == "CancelledError":
            # An interrupt of the waiting loop does not know at which `await` the cell was.
            in_cells = self.tracebacks.in_cells
            trace = in_cells(errors[0].__traceback__) or in_cells(errors[-1].__traceback__)
            return [errors[0].with_traceback(trace)]
        return errors[-1:]

    def report(self, error, name):
        """Sends an error frame."""
        payload = b""
        *parts, traceback = self.tracebacks.describe(error, name)
        try:
            traceback += hint(error, self.runs.current.accepts_stdin, self.has_network)
        except BaseException:  # an error of the user's own may do anything
            pass
        for part in (*parts, traceback):
            part = part.encode("utf-8", "backslashreplace")
            if len(part) > LARGEST_TEXT:
                part = part[:LARGEST_TEXT] + b"\n[cut off here: %d bytes in all]\n" % len(part)
            payload += LENGTH.pack(len(part)) + part
        self.channel.send(ERROR, payload)

    def leave_child(self, failures, name):
        """A child that user code forked has come to the end of the cell: it ends here, not in the worker's loop."""
        code = 0
        try:
            for failure in failures:
                is_exit = issubclass(type(failure), SystemExit)
                status = failure.code if is_exit else 1
                code = status if isinstance(status, int) else 1
                if not is_exit or status is not code:
                    self.streams.stderr.text.write(self.tracebacks.describe(failure, name)[2])
            sys.stdout.flush()
        except BaseException:
            pass
        os_exit(code)

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

    def show_late(self, args):
        """An error has ended a thread while nothing ran: the next run shows it."""
        if self.has_run_cells and len(self.late_errors) < MOST_LATE_ERRORS:
            name = getattr(args.thread, "name", "of an earlier run")
            text = self.tracebacks.describe(args.exc_value, "")[2]
            self.late_errors.append("Exception in thread %s, after its run had ended:\n%s" % (name, text))

    def note_start(self, arguments):
        """A child process is about to start: says why it will fail where that is known."""
        if not self.has_network and downloads(arguments):
            self.streams.stderr.text.write(NETWORK_OFF)

    def warn(self, line):
        """A line for the server's log."""
        self.channel.send(WARNING, line.encode("utf-8", "backslashreplace"))


def ends_well(error):
    """Whether it is a SystemExit that means success. Code of the user's own may be asked, and fail."""
    try:
        code = error.code if issubclass(type(error), SystemExit) else 1
    except BaseException:
        return False
    return code is None or (type(code) in (int, bool) and not code)
