"""`IPython.display` where there is no IPython, and the functions of a real one."""

from _functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..service import Results
    from ..standins import StandIns
    from .matplotlib import Matplotlib

# Some libraries choose their ways by it.
VERSION = (9, 0, 0, "")
DISPLAY = ("display", "update_display", "clear_output", "publish_display_data", "DisplayHandle")


def by_module(results: "Results"):
    """A real IPython has its own functions, which print where there is no notebook."""

    def adapt(display_functions):
        for name in DISPLAY:
            setattr(display_functions, name, getattr(results.functions, name))

    return {"IPython.core.display_functions": adapt}


def add_to(standins: "StandIns", results: "Results", matplotlib: "Matplotlib"):
    """Offers the modules that people import from. `get_ipython()` gives None: there are no magics."""
    functions = {name: getattr(results.functions, name) for name in DISPLAY}
    formats = {"set_matplotlib_formats": matplotlib.set_format}
    objects = {}

    def get_ipython():
        """Nothing: this is Python without IPython's shell."""

    def fill(names, module):
        module.__dict__.update(names)

    def fill_package(module):
        fill({"get_ipython": get_ipython, "version_info": VERSION, "__version__": "9.0.0"}, module)
        module.display = results.load("IPython.display")

    def fill_display(module):
        from .ipython_objects import classes

        if not objects:
            objects.update(classes())
        fill({**objects, **functions, **results.functions.by_type, **formats}, module)

    standins.add("IPython", fill_package, is_package=True)
    standins.add("IPython.display", fill_display)
    standins.add("IPython.core", partial(fill, {}), is_package=True)
    standins.add("IPython.core.display", fill_display)
    standins.add("IPython.core.display_functions", partial(fill, functions))
    standins.add("IPython.core.getipython", partial(fill, {"get_ipython": get_ipython}))
    standins.add("matplotlib_inline", partial(fill, {}), is_package=True)
    standins.add("matplotlib_inline.backend_inline", partial(fill, formats))
