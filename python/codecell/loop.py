"""The one event loop of a context: cells with `await` run in it, and their tasks go on in later ones."""

from _functools import partial
from _thread import get_ident

from .interrupts import MAIN_THREAD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _contextvars import Context
    from asyncio import AbstractEventLoop

    from .cell import Guard
    from .interrupts import Interrupts
    from .public import PublicLibrary


class CellLoop:
    """The loop, made for the first cell that needs it."""

    def __init__(self, public: "PublicLibrary", interrupts: "Interrupts"):
        self.public = public
        self.interrupts = interrupts
        self.loop: "AbstractEventLoop | None" = None
        # What cells have set of `contextvars`, once one with `await` has had a copy.
        self.context: "Context | None" = None

    def open(self) -> "AbstractEventLoop":
        """The loop."""
        loop = self.loop
        if loop is None or loop.is_closed():
            asyncio = self.public.load_asyncio()
            self.loop = loop = asyncio.new_event_loop()
            self.set_event_loop = asyncio.set_event_loop
            self.all_tasks = asyncio.all_tasks
        self.set_event_loop(loop)
        return loop

    def for_task(self):
        """The loop, for a task that a cell without `await` has begun; None where that is no business of ours."""
        return self.open() if get_ident() == MAIN_THREAD and not self.interrupts.is_forked() else None

    def in_context(self, function):
        """What calls a function in the context of the cells before: a tuple, for `partial`."""
        return (function,) if self.context is None else (self.context.run, function)

    def await_cell(self, guard: "Guard", code, names):
        """Runs a cell with top-level `await`."""
        try:
            loop = self.open()
            task = partial(*self.in_context(loop.create_task))(eval(code, names))
        except BaseException as error:
            guard.errors.append((type(error), error, None))
            return
        yield guard.call(loop.run_until_complete, task)
        # A finished task must not be run again: run_until_complete would never return.
        if not task.done():
            task.cancel()
            yield guard.call(loop.run_until_complete, task)
        self.context = guard.take_context() or self.context
