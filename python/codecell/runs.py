"""Which run a thread works for.

A thread that an earlier run left behind is not heard in a later one, whether it prints or writes to sys.stdout.buffer or
by os.write; nor once its own run's main code is over, or it could hold up the end of the run without limit. What a child
process or C code writes comes by a pipe without a name on it: it shows in whichever run there is.
"""

from _functools import partial
from _thread import get_ident

from .trampoline import once

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _contextvars import ContextVar


class Run:
    """One execution of a cell."""

    __slots__ = ("accepts_stdin", "id", "is_ending", "is_told_of_stdin")

    def __init__(self, id: "int | str", accepts_stdin=False):
        self.id = id
        self.accepts_stdin = accepts_stdin
        self.is_told_of_stdin = False
        self.is_ending = False  # its main code is over: what threads begin to write is dropped


class Runs:
    """The present run, and the run of each thread that Python code has started."""

    def __init__(self):
        self.current = Run(0)
        self.by_thread: dict[int, Run] = {}  # thread -> the run that it works for
        self.heard_in: dict[int, Run] = {}  # thread of an earlier run -> the run that waits for it
        # Once there is asyncio, a variable of its tasks: the run that asked another thread's loop.
        self.asker: "ContextVar[Run | None] | None" = None

    def of_this_thread(self) -> "Run":
        """The run that this thread works for."""
        asker = self.asker.get() if self.asker else None
        return asker or self.by_thread.get(get_ident(), self.current)

    def is_stale(self):
        """Whether this thread works for an earlier run, and the present one does not wait for it: it is not heard."""
        return self.is_foreign() and self.heard_in.get(get_ident()) is not self.current

    def is_foreign(self):
        """Whether this thread works for an earlier run."""
        return self.of_this_thread() is not self.current

    def is_muted(self):
        """Whether what this thread writes is dropped: it works for an earlier run, or for one that is about to end."""
        return self.is_stale() or (self.current.is_ending and get_ident() in self.by_thread)

    def call_for(self, run: "Run", function, *arguments, **options):
        """Calls a function for a run, which need not be the one that started this thread."""
        thread = get_ident()
        before = self.by_thread.get(thread)
        if before is None:  # the main thread, or one that nobody counted
            return function(*arguments, **options)
        self.by_thread[thread] = run
        asker = self.asker
        token = asker.set(None) if asker else None
        try:
            return function(*arguments, **options)
        finally:
            if asker and token:
                asker.reset(token)
            self.by_thread[thread] = before

    def take_over(self, run: "Run"):
        """This thread works for a run from now on, unless it is the main one."""
        if get_ident() in self.by_thread:
            self.by_thread[get_ident()] = run

    def adopt(self, thread: int):
        """The run of this thread waits for another thread, which is heard in it from now on."""
        if thread in self.by_thread:
            self.heard_in[thread] = self.of_this_thread()

    def bind(self, function):
        """A function that works for this thread's present run, whenever and by whichever thread it is called."""
        if not callable(function):
            return function
        run = self.of_this_thread()
        return lambda *arguments, **options: self.call_for(run, function, *arguments, **options)

    def counted(self, start, before_start):
        """`_thread`'s way to start a thread, made to remember the run that started it."""

        def start_counted(function, *rest, **named):
            run = self.of_this_thread()
            before_start()
            if rest:  # arguments, and perhaps named ones
                function = partial(function, *rest[0], **(rest[1] if len(rest) > 1 else {}))
                rest = ((),)
            return start(once(self.for_run(run, function)), *rest, **named)

        start_counted.__name__ = start_counted.__qualname__ = start.__name__
        return start_counted

    def for_run(self, run: "Run", function):
        """The call of a thread's function, for the trampoline: the thread works for this run meanwhile."""
        thread = get_ident()
        self.by_thread[thread] = run
        try:
            yield (function if type(function) is partial else partial(function),)
        finally:
            self.by_thread.pop(thread, None)
            self.heard_in.pop(thread, None)
