"""A stand-in for `_colorize`, for our own copy of `traceback` from Python 3.14 on: it shows no color.

The real module needs `dataclasses`, `inspect` and `importlib`, which are slow to load and which user code can break.
"""


class NoColors:
    """A theme, and each part of it: every color is an empty text."""

    def __getattr__(self, name):
        return NoColors() if name in ("traceback", "syntax") else ""


ANSIColors = NoColors()


def can_colorize(**options):
    """Whether the output shows colors."""
    return False


def get_theme(**options):
    """The colors of a theme."""
    return NoColors()


def get_colors(**options):
    """The colors by name."""
    return ANSIColors
