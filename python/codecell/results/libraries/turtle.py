"""`turtle` without Tk: what a course's first weeks need. What needs a window says so, or does nothing."""

from .turtle_pen import Pen
from .turtle_screen import Screen, Terminator, TurtleGraphicsError
from .turtle_state import Vec2D

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..service import Results


class Turtles:
    """The module, and what it draws on."""

    def __init__(self, results: "Results"):
        self.results = results
        self.screen = None

    def begin_run(self):
        """What comes is shown in the output of a new run."""
        if self.screen is not None:
            self.screen._begin_run()

    def finish_cell(self):
        """A function that shows what is drawn but not shown yet, or None."""
        return self.screen._show if self.screen is not None and self.screen._is_changed else None

    def build(self, module):
        """Fills the module."""
        screen = self.screen = Screen(self.results)
        pen_class = type("Turtle", (Pen,), {"_screen": screen, "__module__": "turtle", "__qualname__": "Turtle"})
        default = []

        def of_default(name):
            def function(*arguments, **options):
                if not default:
                    default.append(pen_class())
                return getattr(default[0], name)(*arguments, **options)

            method = getattr(Pen, name)
            function.__name__ = function.__qualname__ = name
            function.__doc__, function.__module__ = method.__doc__, "turtle"
            return function

        names = {name: getattr(screen, name) for name in dir(Screen) if not name.startswith("_")}
        names["clearscreen"], names["resetscreen"] = names.pop("clear"), names.pop("reset")
        names.update((name, of_default(name)) for name in dir(Pen) if not name.startswith("_"))
        names.update(
            Turtle=pen_class,
            Pen=pen_class,
            RawTurtle=pen_class,
            RawPen=pen_class,
            Screen=lambda: screen,
            TurtleScreen=Screen,
            Vec2D=Vec2D,
            TurtleGraphicsError=TurtleGraphicsError,
            Terminator=Terminator,
        )
        module.__dict__.update(names)
        module.__all__ = sorted(names)
