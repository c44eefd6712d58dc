"""Which libraries are adapted, and when: once user code has imported them."""

from ..after_import import AfterImport
from .formatting import describe
from .libraries import charts, images, ipython
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
        ipython.add_to(self.standins, results, self.matplotlib)
        self.by_module = {
            **self.matplotlib.by_module,
            **charts.by_module(results),
            **images.by_module(results),
            **ipython.by_module(results),
        }

    def install(self):
        """Adapts what is imported already, and the others once they are."""
        self.standins.install()
        AfterImport(self.by_module, self.adapt).install()

    def adapt(self, name, module):
        """Adapts a module. One that has changed too much costs its pictures, and nothing else."""
        try:
            self.by_module[name](module)
        except Exception as error:
            self.log("the module %s could not be adapted, so it shows no results: %s" % (name, describe(error)))
