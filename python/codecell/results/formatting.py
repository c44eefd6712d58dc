"""An object as a MIME bundle, by the methods that notebooks call."""

import os
from _functools import partial

from .pretty import pretty

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

METHODS = (
    ("text/html", "_repr_html_"),
    ("image/svg+xml", "_repr_svg_"),
    ("image/png", "_repr_png_"),
    ("image/jpeg", "_repr_jpeg_"),
    ("text/markdown", "_repr_markdown_"),
    ("text/latex", "_repr_latex_"),
    ("application/json", "_repr_json_"),
    ("application/javascript", "_repr_javascript_"),
    ("application/pdf", "_repr_pdf_"),
)
# They have none of these methods.
PLAIN = {int, float, complex, bool, str, bytes, list, tuple, dict, set, frozenset, type(None)}
# An object that has this method has any method: it makes them up, as mocks and remote objects do.
CANARY = "_codecell_has_any_method_"
DEFAULT_WIDTH = 80
BINARY = ("image/png", "image/jpeg", "application/pdf")

MRO: "Any" = type.__dict__["__mro__"]


class Formatter:
    """Makes bundles. `warn` takes a line for people."""

    def __init__(self, warn):
        self.warn = warn
        # (module, class) -> a function of an object that gives data, or data and metadata, or None
        self.by_class: "dict[tuple[str, str], Callable[[Any], Any]]" = {}

    def format(self, value):
        """Data and metadata of an object."""
        data, metadata = {}, {}
        if type(value) not in PLAIN and not isinstance(value, type):
            special = self.special(value)
            if special is not None:
                self.add(data, metadata, value, "display", special, value)
            elif not self.makes_methods_up(value):
                self.call_methods(value, data, metadata)
        if "text/plain" not in data:
            data["text/plain"] = self.text(value)
        return data, metadata

    def call_methods(self, value, data, metadata):
        """Adds what the object's own methods give."""
        bundle = method_of(value, "_repr_mimebundle_")
        if bundle is not None:
            self.add(data, metadata, value, "_repr_mimebundle_", partial(bundle, include=None, exclude=None))
        for mime, name in METHODS:
            method = None if mime in data else method_of(value, name)
            if method is not None:
                self.add(data, metadata, value, name, method, mime=mime)

    def add(self, data, metadata, value, name, function, *arguments, mime=None):
        """Adds what a function gives: a bundle, or the content for one MIME type; with metadata, if it gives a pair."""
        try:
            content = function(*arguments)
            more = {}
            if type(content) is tuple and len(content) == 2:
                content, more = content
            if content is None:
                return
            if mime is not None:
                content, more = {mime: content}, {mime: more} if more else {}
            metadata.update(more or {})
            for key, one in dict(content).items():
                try:
                    if one is not None:
                        data[key] = checked(key, one)
                except TypeError as error:
                    self.fail(value, name, error)
        except NotImplementedError:
            pass
        except Exception as error:
            self.fail(value, name, error)

    def makes_methods_up(self, value):
        """Whether an object has any method that is asked for."""
        return method_of(value, CANARY) is not None

    def special(self, value):
        """The function for its class, or for one that it derives from."""
        if self.by_class:
            for base in MRO.__get__(type(value)):
                key = base.__module__, base.__qualname__
                if type(key[0]) is str and key in self.by_class:
                    return self.by_class[key]
        return None

    def text(self, value):
        """The plain text: `repr`, with long containers broken into lines."""
        try:
            return pretty(value, width())
        except Exception as error:
            self.fail(value, "__repr__", error)
            return object.__repr__(value)

    def fail(self, value, name, error):
        """Says that a method has failed."""
        self.warn("%s.%s failed: %s" % (type(value).__name__, name, describe(error)))


def method_of(value, name):
    """A method of an object, or None."""
    try:
        method = getattr(value, name, None)
    except Exception:
        return None
    return method if callable(method) else None


def checked(mime, value):
    """The value, if it is of a kind that the type allows: bytes too, but for a text."""
    if not isinstance(mime, str):
        raise TypeError("it gave %s for a MIME type, not a string" % type(mime).__name__)
    is_text = mime.startswith("text/") or mime in ("image/svg+xml", "application/javascript")
    if not is_text and (mime not in BINARY or isinstance(value, (bytes, bytearray, memoryview))):
        return value
    if not isinstance(value, str):
        raise TypeError("it gave %s for %s, not a string" % (type(value).__name__, mime))
    return str.__str__(value)


def width():
    """How many characters fit in a line."""
    try:
        return max(20, int(os.environ.get("COLUMNS", DEFAULT_WIDTH)))
    except ValueError:
        return DEFAULT_WIDTH


def describe(error):
    """An error in one line."""
    try:
        words = " ".join(str(error).split())
    except Exception:
        words = "(its message can't be shown)"
    return "%s: %s" % (type(error).__name__, words) if words else type(error).__name__
