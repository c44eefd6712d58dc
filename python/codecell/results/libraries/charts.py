"""plotly, altair: charts that the page draws. tqdm: bars without widgets."""

import os
from _functools import partial

from ..encoding import JsonText

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..service import Results

PLOTLY = "application/vnd.plotly.v1+json"


def by_module(results: "Results"):
    """What is done once a module is imported."""
    results.formatter.by_class["plotly.basedatatypes", "BaseFigure"] = lambda figure: plotly_data(
        results, figure.to_dict()
    )
    return {
        "plotly.io._renderers": partial(adapt_plotly, results),
        "altair": adapt_altair,
        "tqdm.notebook": adapt_tqdm,
    }


def adapt_plotly(results: "Results", renderers):
    """`fig.show()`: by default plotly asks for IPython, or shows nothing and says nothing."""
    base = results.load("plotly.io._base_renderers")

    class Renderer(base.ExternalRenderer):
        """Shows a figure as JSON."""

        def render(self, fig_dict):
            results.publish(plotly_data(results, fig_dict))

    renderers.renderers["codecell"] = Renderer()
    if not os.environ.get("PLOTLY_RENDERER"):
        renderers.renderers.default = "codecell"


def plotly_data(results: "Results", figure):
    """The data of a figure, which is a dictionary."""
    text = results.load("plotly.io._json").to_json_plotly(figure)
    kinds = ", ".join(str(trace.get("type", "scatter")) for trace in figure.get("data", ())[:8])
    return {PLOTLY: JsonText(text), "text/plain": "<plotly figure: %s>" % (kinds or "empty")}


def adapt_altair(altair):
    """Charts are specifications, not pages with scripts."""
    altair.renderers.enable("mimetype")
    give = altair.renderers.get()

    def specification(spec, **options):
        bundle = give(spec, **options)
        data, metadata = bundle if type(bundle) is tuple else (bundle, {})
        return {**data, "text/plain": "<altair chart>"}, metadata

    altair.renderers.register("codecell", specification)
    altair.renderers.enable("codecell")


def adapt_tqdm(notebook):
    """A bar as text, where there are no widgets."""
    if getattr(notebook, "IProgress", None) is None:
        std = notebook.std_tqdm
        notebook.tqdm = notebook.tqdm_notebook = std
        notebook.trange = notebook.tnrange = lambda *arguments, **options: std(range(*arguments), **options)
