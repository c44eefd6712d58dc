"""Where an error comes from, for programs: the frames that its traceback shows, as objects for JSON.

Lines count from 1. Columns count from 0, in UTF-16 units, as JavaScript and editors do.
"""

import sys
from itertools import islice

from .printing import CAUSE, CONTEXT, SUPPRESS_CONTEXT, TRACEBACK
from .sources import shown_name

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .sources import Sources
    from .tracebacks import Tracebacks


Group = getattr(sys.modules["builtins"], "BaseExceptionGroup", ())
# Of a deep recursion: the frames where it began, and where it ended.
MOST_FIRST_FRAMES = 20
MOST_LAST_FRAMES = 80
# An error, and those that led to it or are in its group.
MOST_ERRORS = 40
# Characters.
LONGEST_LINE = 1000
LONGEST_MESSAGE = 4000


class Frames:
    """Describes errors. None of it runs code of the error's own class, but for `str()` of errors that led to it."""

    def __init__(self, tracebacks: "Tracebacks", sources: "Sources", newest: str):
        self.tracebacks = tracebacks
        self.sources = sources
        self.newest = newest  # the file name of the cell that failed
        self.seen: "list[BaseException]" = []

    def describe(self, error: BaseException):
        """Frames of an error, its cause and the errors of a group."""
        self.seen.append(error)
        described: "dict[str, object]" = {"frames": self.frames(error)}
        cause = CAUSE.__get__(error)
        if cause is None and not SUPPRESS_CONTEXT.__get__(error):
            cause = CONTEXT.__get__(error)
        if cause is not None and self.is_new(cause):
            described["cause"] = self.linked(cause)
        if issubclass(type(error), Group):
            grouped = error.exceptions  # pyright: ignore[reportAttributeAccessIssue]
            errors = [self.linked(one) for one in grouped if self.is_new(one)]
            described["errors"] = errors
        return described

    def is_new(self, error):
        """Whether an error is not described yet, and there is room for it."""
        return len(self.seen) < MOST_ERRORS and all(error is not one for one in self.seen)

    def linked(self, error):
        """An error that belongs to another one."""
        name, value = self.tracebacks.words(error)
        return {"name": name, "value": value[:LONGEST_MESSAGE], **self.describe(error)}

    def frames(self, error):
        """The frames of one error, the innermost last."""
        trace = TRACEBACK.__get__(error)
        trace = self.tracebacks.in_cells(trace) or trace
        found = []
        while trace is not None:
            if not self.tracebacks.importer.owns(trace.tb_frame):
                found.append(trace)
                if len(found) > MOST_FIRST_FRAMES + MOST_LAST_FRAMES:
                    del found[MOST_FIRST_FRAMES]
            trace = trace.tb_next
        frames = [self.frame(trace) for trace in found]
        if issubclass(type(error), SyntaxError) and type(error.filename) is str and type(error.lineno) is int:
            frames.append(self.place(error))
        return frames

    def frame(self, trace):
        """A frame of a traceback."""
        code = trace.tb_frame.f_code
        line, end_line, column, end_column = trace.tb_lineno, None, None, None
        if hasattr(code, "co_positions"):
            positions = next(islice(code.co_positions(), trace.tb_lasti // 2, None), None)
            if positions is not None and positions[0] == line:
                _, end_line, column, end_column = positions
        is_current = self.sources.is_current(code)
        lines = self.lines(code.co_filename) if is_current else ()
        return {
            **self.located(code.co_filename, is_current),
            "function": code.co_name,
            **place(lines, line, end_line, column, end_column, units_before_byte),
        }

    def place(self, error):
        """Where a SyntaxError is."""
        filename, line = error.filename, error.lineno
        lines = self.lines(filename)
        if not lines and type(error.text) is str:
            lines = [""] * (line - 1) + [error.text]
        end_line = getattr(error, "end_lineno", None)
        column, end_column = (
            offset - 1 if type(offset) is int and offset > 0 else None
            for offset in (error.offset, getattr(error, "end_offset", None))
        )
        return {
            **self.located(filename, True),
            "function": "",
            **place(
                lines, line, end_line if type(end_line) is int else None, column, end_column, units_before_character
            ),
        }

    def located(self, filename, is_current):
        """The file of a frame, and the run whose code it is."""
        located = {"file": shown_name(filename, self.newest)}
        cell = self.sources.cells.get(filename, "") if is_current else ""
        if cell:
            located["cell"] = cell
        return located

    def lines(self, filename):
        """The lines of a file or cell."""
        return self.tracebacks.load().linecache.getlines(filename)  # pyright: ignore[reportAttributeAccessIssue]


def place(lines, line, end_line, column, end_column, units_before):
    """Lines and columns, as far as they are known; `units_before` converts a column of a line."""
    found = {"line": line}
    text = text_of(lines, line)
    if text is not None:
        found["source"] = text
    if end_line is None or end_line < line:
        end_line, end_column = line, None
    if column is None or column < 0 or text is None:
        return found
    found["column"] = units_before(text, column)
    last = text_of(lines, end_line)
    if end_column is not None and end_column >= 0 and last is not None:
        end = units_before(last, end_column)
        if end_line > line or end >= found["column"]:
            found["endLine"] = end_line
            found["endColumn"] = end
    return found


def text_of(lines, number):
    """A line without its end; None if it is not there, or too long."""
    if not 0 < number <= len(lines):
        return None
    text = lines[number - 1].rstrip("\r\n")
    return text if len(text) <= LONGEST_LINE else None


def units_before_byte(text, column):
    """UTF-16 units before a byte of the line's UTF-8."""
    return units(text.encode("utf-8", "surrogatepass")[:column].decode("utf-8", "replace"))


def units_before_character(text, column):
    """UTF-16 units before a character."""
    return units(text[:column])


def units(text):
    """UTF-16 units of a text."""
    return len(text) + sum(character > "\uffff" for character in text)
