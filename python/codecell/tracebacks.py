"""Errors as CPython prints them, without our own frames.

`traceback` and what it needs are private copies, loaded when the first error is shown: whatever user code has made of
its own, the text is the same.
"""

import sys

from .printing import TRACEBACK, Printing
from .sources import shown_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .importer import Importer
    from .interrupts import Interrupts
    from .sources import Sources


# Characters of JSON.
LONGEST_DETAILS = 256 * 1024
CLASS_NAME = type.__dict__["__name__"]


class Tracebacks:
    """Class name, message and traceback of errors."""

    def __init__(self, importer: "Importer", sources: "Sources", interrupts: "Interrupts"):
        self.importer = importer
        self.sources = sources
        self.module = None
        self.printing = Printing(self.load, interrupts)

    def describe(self, error: BaseException, name: str):
        """Class name, message and traceback of an error of the cell `name`. None of it fails."""
        kind, value = self.words(error)
        try:
            text = exit_text(error) if issubclass(type(error), SystemExit) else self.format(error, name)
        except BaseException:  # an error of the user's own may refuse to say anything of itself
            text = self.printing.plain_text(type(error), error, self.trace(error))
        shown = shown_name(name, name)
        if issubclass(type(error), SyntaxError):
            value = value.replace("(%s, line " % name, "(%s, line " % shown)
        lines: "list[Any]" = text.splitlines(True)
        for index, line in enumerate(lines):
            # A group's lines have a margin of bars. The user's own text keeps its words.
            if line.lstrip(" |").startswith('File "%s"' % name):
                lines[index] = line.replace(name, shown, 1)
        return kind, value, "".join(lines)

    def words(self, error: BaseException):
        """Class name and message of an error."""
        kind: str = str.__str__(CLASS_NAME.__get__(type(error)))
        try:
            return kind, str.__str__(str(error))
        except BaseException:
            return kind, "<exception str() failed>"

    def details(self, error: BaseException, name: str):
        """What `frames.py` says of an error of the cell `name`, as JSON; nothing if that fails, or is too long."""
        try:
            import json

            from .frames import Frames

            details = json.dumps(Frames(self, self.sources, name).describe(error))
            return details if len(details) <= LONGEST_DETAILS else ""
        except BaseException:  # an error of the user's own may do anything
            return ""

    def format(self, error: BaseException, name: str):
        """The text of an error with its traceback."""
        if issubclass(type(error), SyntaxError):
            self.add_line(error, name)
        return self.printing.text(error, self.trace(error))

    def trace(self, error: BaseException):
        """The traceback, from the first frame of a cell to the last one that is not ours."""
        trace = self.in_cells(TRACEBACK.__get__(error))
        last = trace
        while last is not None and last.tb_next is not None:
            if self.importer.owns(last.tb_next.tb_frame):
                last.tb_next = None
            last = last.tb_next
        return trace

    def add_line(self, error, name):
        """Gives a SyntaxError of the cell its line, which the compiler looks for in a file."""
        if error.filename != name or type(error.lineno) is not int:
            return
        if sys.version_info < (3, 10) and "EOF" in (error.msg or ""):
            # That of a file is found one line later.
            error.lineno += 1
            if "unexpected" in error.msg:
                error.text, error.offset = "", 1
        elif error.text is None:
            lines = self.sources.lines(name) or ()
            if 0 < error.lineno <= len(lines):
                error.text = lines[error.lineno - 1]

    def load(self):
        """The private `traceback`, which finds the lines of cells."""
        if self.module is None:
            if sys.version_info >= (3, 14):
                from . import plain_colors

                self.importer.modules["_colorize"] = plain_colors
            import linecache
            import traceback

            getlines = linecache.getlines

            def getlines_of_cells(filename, module_globals=None):
                lines = self.sources.lines(filename)
                return getlines(filename, module_globals) if lines is None else lines

            linecache.getlines = getlines_of_cells
            self.module = traceback
        return self.module

    def in_cells(self, trace):
        """A traceback from the first frame of a cell on."""
        while trace is not None and trace.tb_frame.f_code.co_filename not in self.sources:
            trace = trace.tb_next
        return trace


def exit_text(error):
    """What the interpreter prints when a program ends so: the text that it was given. A status it does not show; here it is."""
    if isinstance(error.code, int):
        return "SystemExit: %d\n" % error.code
    return "%s\n" % (error.code,)
