"""Which libraries are adapted, and when: once user code has imported them."""

from ..after_import import AfterImport
from .formatting import describe
from .libraries import bokeh, charts, images, ipython
from .libraries.matplotlib import Matplotlib
from .standins import StandIns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .service import Results


class Hooks:
    """The hooks of one context."""

    def __init__(self, results: "Results", is_of_library, log):
        self.results = results
        self.log = log
        self.matplotlib = Matplotlib(results)
        self.standins = StandIns(results.sys, is_of_library)
        self.matplotlib.add_to(self.standins)
        self.turtles = None
        self.standins.add("turtle", self.build_turtle, replaces=True)
        ipython.add_to(self.standins, results, self.matplotlib)
        self.by_module = {
            **self.matplotlib.by_module,
            **bokeh.by_module(results),
            **charts.by_module(results),
            **images.by_module(results),
            **ipython.by_module(results),
        }

    def build_turtle(self, module):
        """Fills the module `turtle`."""
        from .libraries.turtle import Turtles

        self.turtles = Turtles(self.results)
        self.turtles.build(module)

    def import_fonts(self, execute, module):
        """Executes `matplotlib.font_manager`."""
        from .libraries.fonts import import_quickly

        import_quickly(self.results, execute, module)

    def begin_run(self):
        """A run begins."""
        if self.turtles is not None:
            self.turtles.begin_run()

    def finish_cell(self, is_interrupted):
        """What is to be called when a cell has ended, or None."""
        turtle = self.turtles.finish_cell() if self.turtles is not None else None
        figures = self.matplotlib.finish_cell(is_interrupted)
        if turtle is None or figures is None:
            return turtle or figures
        return lambda: (turtle(), figures())

    def install(self):
        """Adapts what is imported already, and the others once they are."""
        self.standins.install()
        around = {"matplotlib.font_manager": self.import_fonts}
        AfterImport(self.by_module, self.adapt, around=around).install()

    def adapt(self, name, module):
        """Adapts a module. One that has changed too much costs its pictures, and nothing else."""
        try:
            self.by_module[name](module)
        except Exception as error:
            self.log("the module %s could not be adapted, so it shows no results: %s" % (name, describe(error)))
