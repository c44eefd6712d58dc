"""What user code calls to show something, as notebooks have it."""

from os import urandom

from .formatting import METHODS

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .service import Results


class Functions:
    """The functions, bound to one service."""

    def __init__(self, results: "Results"):
        class DisplayHandle:
            """What `display(…, display_id=…)` returns: updates what it shows."""

            def __init__(self, display_id=None):
                self.display_id = new_id() if display_id is None else display_id

            def __repr__(self):
                return "<DisplayHandle display_id=%s>" % self.display_id

            def display(self, obj, **options):
                """Shows an object under this id, once more."""
                display(obj, display_id=self.display_id, **options)

            def update(self, obj, **options):
                """Replaces what is shown under this id."""
                update_display(obj, display_id=self.display_id, **options)

        def display(
            *objs,
            include=None,
            exclude=None,
            metadata=None,
            transient=None,
            display_id=None,
            raw=False,
            clear=False,
            update=False,
        ):
            """Show objects in the page: pictures, tables and other values.

            display_id: True, or a text that `update_display` names it by; then a DisplayHandle is returned.
            metadata: more about the data, by MIME type.
            raw: the objects are dictionaries of data by MIME type.
            include, exclude: MIME types that are wanted, or not.
            clear: remove what was shown before.
            """
            if transient:
                display_id = transient.get("display_id", display_id)
            if display_id is True:
                display_id = new_id()
            elif display_id is not None and type(display_id) is not str:
                display_id = str(display_id)
            if update and display_id is None:
                raise TypeError("update=True needs a display_id: it says what is to be replaced")
            if clear:
                clear_output(wait=True)
            if not objs and display_id:
                objs, raw = ({},), True
            for obj in objs:
                if raw and not isinstance(obj, dict):
                    kind = type(obj).__name__
                    raise TypeError("display(raw=True) takes dictionaries of data by MIME type, not %s" % kind)
                results.display(obj, raw, metadata, display_id, update, include, exclude)
            return DisplayHandle(display_id) if display_id else None

        def update_display(obj, *, display_id, **options):
            """Replace what `display(…, display_id=…)` has shown."""
            display(obj, display_id=display_id, update=True, **options)

        def publish_display_data(data, metadata=None, *, transient=None, update=False, **_):
            """Show data by MIME type."""
            display(data, raw=True, metadata=metadata, transient=transient, update=update)

        def clear_output(wait=False):
            """Remove what this run has shown so far, with wait=True only once something new comes."""
            results.clear(wait)

        def of_type(name, mime):
            def display_type(*objs, raw=False, metadata=None):
                """Show objects in this form only. raw: the objects are data of this type."""
                bundles = [{mime: obj} for obj in objs] if raw else objs
                display(*bundles, raw=raw, metadata=metadata and {mime: metadata}, include=[mime])

            display_type.__name__ = display_type.__qualname__ = name
            return display_type

        # `display_html` and so on, after `_repr_html_`.
        names = {"display" + method[len("_repr") : -1]: mime for mime, method in METHODS}
        names["display_pretty"] = "text/plain"
        self.by_type = {name: of_type(name, mime) for name, mime in names.items()}
        self.DisplayHandle = DisplayHandle
        self.display = display
        self.update_display = update_display
        self.publish_display_data = publish_display_data
        self.clear_output = clear_output
        for function in (DisplayHandle, display, update_display, publish_display_data, clear_output):
            function.__module__, function.__qualname__ = "builtins", function.__name__

    def install(self, builtins):
        """Makes them builtins, as in notebooks. What user code has put there stays."""
        for name in ("display", "update_display", "clear_output"):
            if not hasattr(builtins, name):
                setattr(builtins, name, getattr(self, name))


def new_id():
    """An id that nothing else has."""
    return urandom(16).hex()
