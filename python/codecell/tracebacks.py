"""Errors as CPython prints them, without our own frames.

`traceback` and what it needs are private copies, loaded when the first error is shown: whatever user code has made of
its own, the text is the same.
"""

import sys

from . import suggestions

CLASS_NAME = type.__dict__["__name__"]


class Tracebacks:
    """Class name, message and traceback of errors."""

    def __init__(self, importer, sources):
        self.importer = importer
        self.sources = sources
        self.module = None

    def describe(self, error, name):
        """Class name, message and traceback of an error of the cell `name`. None of it fails."""
        kind = str.__str__(CLASS_NAME.__get__(type(error)))
        try:
            value = str.__str__(str(error))
        except BaseException:
            value = "<exception str() failed>"
        try:
            text = self.format(error)
        except BaseException:
            text = "%s: %s\n" % (kind, value)
        if issubclass(type(error), SyntaxError):
            value = value.replace("(%s, line " % name, "(<stdin>, line ")
        lines = text.splitlines(True)
        for index, line in enumerate(lines):
            # A group's lines have a margin of bars. The user's own text keeps its words.
            if line.lstrip(" |").startswith('File "%s"' % name):
                lines[index] = line.replace(name, "<stdin>", 1)
        return kind, value, "".join(lines)

    def format(self, error):
        """The traceback, from the first frame of a cell on."""
        traceback = self.load()
        self.limit()
        trace = self.in_cells(error.__traceback__)
        last = trace
        while last is not None and last.tb_next is not None:
            if self.importer.owns(last.tb_next.tb_frame):
                last.tb_next = None
            last = last.tb_next
        report = traceback.TracebackException(type(error), error, trace)
        self.complete(report, error, set())
        return "".join(report.format())

    def complete(self, report, error, seen):
        """Adds what the interpreter shows and `traceback` does not have, to a report and those that it holds."""
        if report is None or error is None or id(report) in seen:
            return
        seen.add(id(report))
        if suggestions.ARE_MISSING:
            end = suggestions.suggestion(error)
            if end:
                report._str += end
        elif str(report._str).endswith("'") and ". Did you forget to import '" in report._str:
            report._str += "?"  # Python 3.12
        if isinstance(error, SyntaxError) and report.lineno is not None:
            self.complete_line(report)
        self.complete(report.__cause__, error.__cause__, seen)
        self.complete(report.__context__, error.__context__, seen)
        for inner, each in zip(getattr(report, "exceptions", None) or (), getattr(error, "exceptions", None) or ()):
            self.complete(inner, each, seen)

    def complete_line(self, report):
        """Adds the line of a SyntaxError, for which the interpreter looks in the file."""
        number = int(report.lineno)
        lines = self.sources.lines(report.filename)
        if lines is not None and sys.version_info < (3, 10) and "EOF" in (report.msg or ""):
            # That of a file is found one line later.
            report.lineno = str(number + 1)
            if "unexpected" in report.msg:
                report.text, report.offset = "", 1
        elif lines is not None and report.text is None and 0 < number <= len(lines):
            report.text = lines[number - 1]
        text = report.text or ""
        indentation = len(text) - len(text.lstrip(" \t\f"))
        if "\t" in text[:indentation] and sys.version_info < (3, 13) and report.offset is not None:
            report.text = text[indentation:]
            report.offset = report.offset - indentation if report.offset > indentation else None

    def limit(self):
        """Has the private `traceback` keep to the limit that user code has set."""
        import sys as copy

        if hasattr(sys, "tracebacklimit"):
            copy.tracebacklimit = sys.tracebacklimit
        elif hasattr(copy, "tracebacklimit"):
            del copy.tracebacklimit

    def load(self):
        """The private `traceback`, which finds the lines of cells."""
        if self.module is None:
            import linecache
            import traceback

            getlines = linecache.getlines

            def getlines_of_cells(filename, module_globals=None):
                lines = self.sources.lines(filename)
                return getlines(filename, module_globals) if lines is None else lines

            linecache.getlines = getlines_of_cells
            if sys.version_info < (3, 11):
                print_as_interpreter(traceback)
            self.module = traceback
        return self.module

    def in_cells(self, trace):
        """A traceback from the first frame of a cell on."""
        while trace is not None and trace.tb_frame.f_code.co_filename not in self.sources:
            trace = trace.tb_next
        return trace


def print_as_interpreter(traceback):
    """Up to Python 3.10 the interpreter words two things otherwise than `traceback`."""
    format_only = traceback.TracebackException.format_exception_only

    def some_str(value):
        try:
            return str(value)
        except BaseException:
            return "<exception str() failed>"

    def format_exception_only(self):
        lines = list(format_only(self))
        kind = self.exc_type
        if kind is not None and kind.__module__ == "__main__":
            last = -1 if issubclass(kind, SyntaxError) else 0
            lines[last] = "__main__." + lines[last]
        return iter(lines)

    traceback._some_str = some_str
    traceback.TracebackException.format_exception_only = format_exception_only
