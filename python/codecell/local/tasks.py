"""Tasks between cells: they go on while nothing runs, as in a notebook."""

from _functools import partial
from select import POLLIN

from ..loop import CellLoop
from .channel import wait_for

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..cell import Guard
    from ..interrupts import Interrupts
    from ..public import PublicLibrary
    from .commands import Commands
    from .questions import Questions


class TaskLoop(CellLoop):
    """The loop, which also runs between cells."""

    def __init__(self, public: "PublicLibrary", interrupts: "Interrupts", commands: "Commands", questions: "Questions"):
        CellLoop.__init__(self, public, interrupts)
        self.commands = commands
        self.questions = questions

    def has_tasks(self):
        """Whether tasks go on."""
        return self.loop is not None and not self.loop.is_closed() and bool(self.all_tasks(self.loop))

    def run_tasks(self, guard: "Guard"):
        """Lets tasks go on until there is a command or a question."""
        loop, descriptor = self.loop, self.commands.descriptor
        assert loop is not None
        descriptors = (descriptor, *self.questions.descriptors())
        for one in descriptors:
            loop.add_reader(one, loop.stop)
        # An interrupt here is one that came too late, unless the next cell waits for a task that holds up the loop.
        self.interrupts.reset()
        self.interrupts.is_awaited = partial(wait_for, descriptor, POLLIN, 0)
        yield guard.call(loop.run_forever, is_cell=False)
        self.interrupts.is_awaited = None
        for one in descriptors:
            loop.remove_reader(one)
        guard.take_errors()
