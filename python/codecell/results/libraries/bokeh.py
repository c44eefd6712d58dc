"""bokeh: `show(p)` and a plot as value become a page that needs no network."""

from _functools import partial

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..service import Results


def by_module(results: "Results"):
    """What is done once a module is imported."""
    bokeh = Bokeh(results)
    results.formatter.by_class["bokeh.models.layouts", "LayoutDOM"] = bokeh.page
    return {"bokeh.io": bokeh.adapt}


class Bokeh:
    """Shows plots."""

    def __init__(self, results: "Results"):
        self.results = results

    def adapt(self, io):
        """Has bokeh show plots in our notebook, whichever `output_…` function is called."""
        notebook = self.results.load("bokeh.io.notebook")
        notebook.install_notebook_hook("jupyter", self.load, self.show, self.show_app, overwrite=True)
        io.push_notebook = notebook.push_notebook = self.push
        showing = self.results.load("bokeh.io.showing")
        showing._show_file_with_state = partial(self.show_file, self.results.load("bokeh.io.saving").save)
        io.output_notebook()

    def page(self, plot):
        """A page with the parts of BokehJS that the plot needs, from the user's own bokeh."""
        load = self.results.load
        # `_always_new`: the plot can still become a part of another one.
        html = load("bokeh.embed").file_html(plot, load("bokeh.resources").INLINE, "bokeh", _always_new=True)
        return {"text/html": html, "text/plain": "<bokeh %s>" % type(plot).__name__}

    def load(self, resources, verbose, hide_banner, load_timeout):
        """`output_notebook()`: each page has its own scripts."""

    def show(self, plot, state, is_updated):
        """`show(p)`"""
        handle = Handle(plot, self.results.new_id()) if is_updated else None
        self.results.publish(self.page(plot), None, handle.display_id if handle else None)
        if handle:
            state.last_comms_handle = handle
        return handle

    def push(self, *, document=None, state=None, handle=None):
        """`push_notebook()`: replaces what a handle shows with the plot's present state."""
        handle = handle or (state or self.results.load("bokeh.io.state").curstate()).last_comms_handle
        if handle is None:
            raise ValueError("push_notebook() found nothing to update: call show(plot, notebook_handle=True) first")
        self.results.publish(self.page(handle.plot), None, handle.display_id, True)

    def show_app(self, app, state, notebook_url, **options):
        """`show(app)`"""
        raise NotImplementedError("applications of bokeh need a server of their own, which a page can't reach")

    def show_file(self, save, plot, state, new, controller):
        """`show(p)` after `output_file(…)`: writes the file too, but does not show it: it loads scripts from the network."""
        save(plot, state=state)
        if not state.notebook:
            self.show(plot, state, False)


class Handle:
    """What `show(p, notebook_handle=True)` returns, for `push_notebook`."""

    def __init__(self, plot, display_id):
        self.plot = plot
        self.display_id = display_id
