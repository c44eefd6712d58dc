"""matplotlib: `plt.show()`, figures that are left open, figures as values."""

import os
from _io import BytesIO
from _struct import Struct

from .matplotlib_png import encode, figure_pixels, has_content

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..service import Results
    from ..standins import StandIns

# What `plt` imports for the backend of this name.
BACKEND = "codecell_matplotlib"
# Pixels for each CSS pixel, so that pictures are sharp on today's screens.
SCALE = 2
# Width and height in the header of a PNG.
SIZE = Struct(">II")
MIMES = {"png": "image/png", "svg": "image/svg+xml", "jpeg": "image/jpeg", "pdf": "application/pdf"}
# What the buttons of an animation in HTML show: their font would come from the network.
ICONS = {
    "minus": "−",
    "fast-backward": "«",
    "step-backward": "‹",
    "play": "▶\ufe0e",
    "pause": "▮▮",
    "step-forward": "›",
    "fast-forward": "»",
    "plus": "+",
}
FORMATS = {"retina": "png", "png2x": "png", "jpg": "jpeg", **{name: name for name in MIMES}}


class Matplotlib:
    """What a context knows of its figures."""

    def __init__(self, results: "Results"):
        self.results = results
        self.format = "png"
        self.shown = {}  # figures that are open and were shown, with their ids if they have any
        self.drawings = []  # canvases that were drawn on, for the next figures
        self.by_module = {
            "matplotlib": self.adapt,
            "matplotlib._animation_data": self.adapt_animations,
            "matplotlib_inline.backend_inline": self.adapt_inline,
        }
        results.formatter.by_class["matplotlib.figure", "Figure"] = self.figure

    def add_to(self, standins: "StandIns"):
        """Offers the backend."""
        standins.add(BACKEND, self.build_backend)

    def set_format(self, *names):
        """Chooses what figures become: png, svg, jpeg or pdf."""
        for name in names:
            if name not in FORMATS:
                raise ValueError("figures can be shown as png, svg, jpeg or pdf, not as %r" % (name,))
            self.format = FORMATS[name]

    def adapt(self, matplotlib):
        """Makes ours the backend, unless the environment names another."""
        if not os.environ.get("MPLBACKEND"):
            matplotlib.rcParams["backend"] = "module://" + BACKEND
            pyplot = self.results.sys.modules.get("matplotlib.pyplot")
            if pyplot is not None and not self.open_figures():
                pyplot.switch_backend("module://" + BACKEND)

    def adapt_animations(self, data):
        """`to_jshtml` gives a page that needs no network."""
        before, _, after = data.JS_INCLUDE.partition("<link")
        rules = "".join('.fa-%s::before{content:"%s"}' % icon for icon in ICONS.items())
        style = "<style>.fa{font-style:normal}.fa-flip-horizontal{display:inline-block;transform:scaleX(-1)}%s</style>"
        data.JS_INCLUDE = before + style % rules + after.partition(">")[2]

    def adapt_inline(self, backend_inline):
        """Notebooks choose the format by this module."""
        backend_inline.set_matplotlib_formats = self.set_format

    def build_backend(self, module):
        """Fills the backend's module."""
        load = self.results.load
        agg, bases = load("matplotlib.backends.backend_agg"), load("matplotlib.backend_bases")
        ours = self

        class FigureManager(bases.FigureManagerBase):
            @classmethod
            def pyplot_show(cls, *, block=None):
                """`plt.show()`: shows all figures and closes them. `plt.pause` does not close them."""
                ours.update_all() if block is False else ours.show_all()

            def show(self):
                """`fig.show()`"""
                ours.show_figure(self.canvas.figure)

        class FigureCanvas(agg.FigureCanvasAgg):
            manager_class = FigureManager

        module.FigureCanvas, module.FigureManager = FigureCanvas, FigureManager

    def open_figures(self):
        """The figures that pyplot knows, in the order of their numbers."""
        helpers = self.results.sys.modules.get("matplotlib._pylab_helpers")
        managers = helpers.Gcf.get_all_fig_managers() if helpers is not None else []
        return [manager.canvas.figure for manager in managers]

    def show_all(self):
        """Shows the open figures, and closes them. What was shown already is shown again only if it has changed."""
        try:
            for figure in self.open_figures():
                if figure not in self.shown or figure.stale:
                    self.show_figure(figure)
        finally:
            self.close_all()

    def update_all(self):
        """Shows the open figures, each in its own place from then on: the frames of an animation."""
        for figure in self.open_figures():
            self.shown.setdefault(figure, None)
            if self.shown[figure] is None:
                self.shown[figure] = self.results.new_id()
                self.show_figure(figure, is_update=False)
            else:
                self.show_figure(figure)

    def close_all(self):
        """Closes the open figures."""
        self.drawings.clear()
        self.shown.clear()
        self.results.sys.modules["matplotlib._pylab_helpers"].Gcf.destroy_all()

    def show_figure(self, figure, is_update=True):
        """Shows a figure: in its own place, if it has one."""
        if has_content(figure):
            data, metadata = self.figure(figure)
            display_id = self.shown.get(figure)
            self.results.publish(data, metadata, display_id, is_update and display_id is not None)

    def figure(self, figure):
        """A figure as data and metadata."""
        content = self.file(figure)
        metadata = {}
        if self.format == "svg":
            content = content[content.find(b"<svg") :].decode()
        else:
            if self.format == "png":
                width, height = SIZE.unpack_from(content, 16)
                metadata["image/png"] = {"width": width / SCALE, "height": height / SCALE}
        if any(figure is one for one in self.open_figures()):
            figure.stale = False  # what is drawn on it from now on is not shown yet
            self.shown.setdefault(figure, None)
        return {MIMES[self.format]: content, "text/plain": repr(figure)}, metadata

    def file(self, figure):
        """A figure as a file in the chosen format."""
        dpi = figure.dpi
        if self.format == "png":
            dpi *= SCALE
            pixels = figure_pixels(self.results, figure, dpi, self.drawings)
            if pixels is not None:
                return encode(self.results, pixels)
        buffer = BytesIO()
        figure.canvas.print_figure(buffer, format=self.format, dpi=dpi, bbox_inches="tight")
        return buffer.getvalue()

    def finish_cell(self, is_interrupted):
        """What is to be done when a cell has ended, or None: figures that it left open are shown, and closed."""
        if not self.open_figures():
            self.drawings.clear()
            return None
        return self.close_all if is_interrupted else self.show_all
