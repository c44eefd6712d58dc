"""Runs cells, for every host: compiles one, calls it, shows its results, reports its error and its end."""

import _thread
import builtins
import sys
from _functools import partial

from .adapters import Adapters
from .failures import Failures, ends_well
from .governor import Governor
from .processes import Processes
from .runs import Run
from .sources import Sources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .cell import Guard
    from .importer import Importer
    from .interrupts import Interrupts
    from .loop import CellLoop
    from .public import PublicLibrary
    from .results.service import Results
    from .runs import Runs
    from .stdin import Stdin
    from .streams import Channel, Streams
    from .tracebacks import Tracebacks
    from .tracing import TracingNotice


CO_COROUTINE = 0x80
# Every `from __future__` flag; they hold on for later cells, as at a prompt.
FUTURES = 0x1FE0000


class Cells:
    """The cells of one namespace. `hint` is that of `Failures`. `warn` takes a line for the log; a host without one has no `before_tracing`."""

    # Made for the first cell: a context that runs nothing saves the memory for syntax trees.
    guard: "Guard | None" = None
    tracebacks: "Tracebacks"
    # Made for the first run whose client wants them.
    results: "Results | None" = None
    tracing: "TracingNotice | None" = None

    def __init__(
        self,
        importer: "Importer",
        channel: "Channel",
        interrupts: "Interrupts",
        runs: "Runs",
        stdin: "Stdin",
        streams: "Streams",
        public: "PublicLibrary",
        loop: "CellLoop",
        hint,
        warn,
        look,
    ):
        self.importer = importer
        self.channel = channel
        self.interrupts = interrupts
        self.runs = runs
        self.stdin = stdin
        self.streams = streams
        self.public = public
        self.loop = loop
        self.failures = Failures(channel, streams, runs, hint)
        self.warn = warn
        self.governor = Governor(channel, streams, interrupts, look)
        self.sources = Sources()
        self.futures = 0  # flags of `from __future__` imports

    def install(self, note_start, in_child, before_tracing=None):
        """Makes ready what user code may count on, before it runs."""
        from . import printing

        for callback in (Sources.forget, Sources.hide):  # of weak references: Python ignores what they raise
            self.interrupts.protect(callback)
        share = self.streams.share
        _thread.start_new_thread = self.runs.counted(_thread.start_new_thread, share)
        _thread.start_new = _thread.start_new_thread
        start_joinable = getattr(_thread, "start_joinable_thread", None)  # from Python 3.13 on
        if start_joinable is not None:
            _thread.start_joinable_thread = self.runs.counted(start_joinable, share)  # pyright: ignore[reportAttributeAccessIssue]
        Processes(self.streams, self.runs, self.interrupts, self.governor, note_start).install(in_child)
        self.stdin.install()
        Adapters(
            self.importer,
            self.sources,
            self.runs,
            self.stdin,
            before_tracing or (lambda: None),
            self.loop.for_task,
            self.failures.keep_late,
            self.warn,
        ).install()
        if before_tracing is not None:
            from .tracing import TracingNotice

            self.tracing = TracingNotice(before_tracing)
        printing.replace_thread_hook(lambda: self.tracebacks.printing)

    def begin(self):
        """Makes ready what a cell needs."""
        if self.guard is None:
            from .cell import Guard
            from .tracebacks import Tracebacks

            self.public.load("warnings")  # without it, the interpreter shows no line of a cell in a warning
            self.guard = Guard(self.interrupts)
            self.tracebacks = Tracebacks(self.importer, self.sources, self.interrupts)
            self.failures.tracebacks = self.tracebacks
            self.tracebacks.printing.install()
        self.streams.flush()
        self.streams.open()

    def run(self, run: "Run", namespace, source, file_name="", cell="", most_bytes=None, environment=None):
        """One run, from its start to its end, as calls for the trampoline. `most_bytes` is the largest size of a result, if they are wanted."""
        guard = self.guard
        assert guard is not None
        self.streams.begin(run)
        results = self.begin_results(most_bytes)
        self.failures.show_late()
        self.interrupts.reset()
        self.governor.start()
        if source[:1] == "\ufeff":  # the mark at the start of many files, as Python reads a file
            source = source[1:]
        name = self.sources.add(source, file_name, cell)
        failures = []  # a list, so that no frame but the last holds the error, and with it all that its frames hold
        try:
            if environment is not None:
                environment.set()
            code, is_guarded = self.compile(source, name, results)
            if self.tracing is not None:
                if guard.restores_tracer:
                    self.tracing.prepare()
                else:
                    self.tracing.install()
            self.sources.follow(name, code)
            self.futures |= code.co_flags & FUTURES
        except BaseException as error:
            failures.append(error)
        else:
            if code.co_flags & CO_COROUTINE:
                yield from self.loop.await_cell(guard, code, namespace)
            elif is_guarded:
                yield (partial(*self.loop.in_context(exec), code, namespace),)
            else:
                yield guard.call(*self.loop.in_context(exec), code, namespace)
            code = None
            failures = self.failures.take(guard)
            finish = results and results.finish_cell(bool(failures) and self.interrupts.was_raised)
            if finish is not None:
                yield guard.call(finish)
                failures = failures or self.failures.take(guard)
                guard.take_errors()
        if environment is not None:
            environment.restore()
        if failures and ends_well(failures[0]):
            failures.clear()
        if self.interrupts.is_forked():
            self.failures.leave_child(failures, name)
        self.end(failures, name)

    def compile(self, source, name, results):
        """The code of a cell, and whether it is guarded. With results, lines of notebooks are code, too."""
        guard = self.guard
        assert guard is not None
        if results is None:
            return guard.compile(source, name, self.futures)
        try:
            return guard.compile(source, name, self.futures, results.show)
        except SyntaxError as error:
            source, functions = results.translate(source, name, error)
        return guard.compile(source, name, self.futures, results.show, functions)

    def begin_results(self, most_bytes):
        """The results of a run, or None where its client wants none."""
        if most_bytes is not None and self.results is None:
            from .results.service import Results

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
        return None if most_bytes is None else self.results

    def end(self, failures, name):
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
            # Its traceback refers to it: without this, the error would live until Python's next garbage collection.
            failures.clear()
        self.channel.send_end(was_interrupted)
        self.runs.current = Run(0)
        self.channel.run = 0
