"""What the interpreter prints of errors by itself, for code whose text is in no file.

From 3.13 on CPython prints an error with its module `traceback`. Before that C code does, and for errors that nobody can
raise any further it still does: it reads source lines from files only, so it can't show those of a cell. Here `traceback`
shows the lines, and the C code is asked for the rest: the names of types, suggestions, and what a SyntaxError shows.
"""

import _thread
import builtins
import sys
from _functools import partial
from _thread import get_ident

from .interrupts import NOTHING, acting_on

PRINTED_IN_C = sys.version_info < (3, 13)
# Of errors that nobody can raise any further. Until 3.12 the C code marks the part of the line.
MARKS_UNRAISABLE = sys.version_info < (3, 13)
NAMES_MAIN = sys.version_info < (3, 11)

print_in_c = sys.__excepthook__
PARTS = [BaseException.__dict__[name] for name in ("__cause__", "__context__", "__suppress_context__", "__traceback__")]
CAUSE, CONTEXT, SUPPRESS_CONTEXT, TRACEBACK = PARTS
QUALIFIED_NAME = type.__dict__["__qualname__"]
Group = getattr(builtins, "BaseExceptionGroup", ())
# The interpreter looks for similar names where the error was raised.
SUGGESTING = (NameError, AttributeError, ImportError)


class Printing:
    """Texts of errors, and the hooks that print them. `load` gives the module `traceback`."""

    def __init__(self, load, interrupts):
        self.load = load
        self.interrupts = interrupts

    def text(self, error, trace):
        """An error and those that led to it; `trace` is its traceback."""
        limit = getattr(sys, "tracebacklimit", None)
        if type(limit) is not int:
            limit = None
        elif limit > 0:
            limit = -limit  # the last ones
        else:
            trace = limit = None
        shown = self.load().TracebackException(type(error), error, trace, limit=limit)
        if PRINTED_IN_C:
            take_endings(shown, error)
        return "".join(shown.format())

    def install(self):
        """Puts hooks in place of the interpreter's own where those print in C."""
        if PRINTED_IN_C:
            sys.excepthook = sys.__excepthook__ = self.excepthook()
        sys.unraisablehook = sys.__unraisablehook__ = self.interrupts.hook = self.unraisablehook()
        # What Python was started with would be shown as the lines of any `<string>`.
        linecache = sys.modules.get("linecache")
        for cache in (getattr(linecache, "cache", None), getattr(linecache, "_interactive_cache", None)):
            if cache is not None:
                cache.clear()

    def excepthook(self):
        """`sys.excepthook`."""

        def excepthook(exctype, value, traceback, /):
            """Handle an exception by displaying it with a traceback on sys.stderr."""
            show(self.text(value, traceback))

        return excepthook

    def unraisablehook(self):
        """`sys.unraisablehook`."""

        def unraisablehook(unraisable):
            if type(unraisable) is int:
                return NOTHING
            text = unraisable.err_msg
            if unraisable.object is not None:
                try:
                    shown = repr(unraisable.object)
                except BaseException:
                    shown = "<object repr() failed>"
                text = "%s: %s\n" % (text or "Exception ignored in", shown)
            elif text is not None:
                text += ":\n"
            show((text or "") + self.plain_text(unraisable.exc_type, unraisable.exc_value, unraisable.exc_traceback))
            return self.interrupts.decide_after_loss(unraisable.exc_type)

        hook = partial(acting_on(unraisablehook), 0)
        hook.__dict__.update(__name__="unraisablehook", __qualname__="unraisablehook", __module__="sys")
        return hook

    def plain_text(self, kind, value, trace):
        """The error itself: its traceback, type and message, without those that led to it. It asks an error for its `str` only."""
        text = ""
        if trace is not None:
            traceback = self.load()
            frames = traceback.extract_tb(trace)
            if not MARKS_UNRAISABLE:
                frames = [(frame.filename, frame.lineno, frame.name, frame.line) for frame in frames]
            text = "Traceback (most recent call last):\n" + "".join(traceback.format_list(frames))
        try:
            module = kind.__module__
        except BaseException:
            module = None
        if type(module) is not str:
            text += "<unknown>"
        elif module != "builtins" and (module != "__main__" or NAMES_MAIN):
            text += module + "."
        text += QUALIFIED_NAME.__get__(kind)
        if value is not None:
            try:
                message = str(value)
            except BaseException:
                message = "<exception str() failed>"
            text += ": " + message if message else ""
        return text + "\n"


def replace_thread_hook(find_printing):
    """Puts a hook in place of `threading.excepthook`, before `threading` is imported. It is used once there are cells.

    An adapter of ours calls it: the interpreter's own would import `traceback` as that adapter does, without the cells' lines.
    """

    def _excepthook(args, /):
        """Handle uncaught Thread.run() exception."""
        if args.exc_type is not SystemExit:
            name = get_ident() if args.thread is None else args.thread.name
            show("Exception in thread %s:\n%s" % (name, find_printing().text(args.exc_value, args.exc_traceback)))

    _thread._excepthook = _excepthook


def show(text):
    """Writes to sys.stderr, where there is one."""
    stderr = getattr(sys, "stderr", None)
    if stderr is not None:
        stderr.write(text)
        stderr.flush()


def take_endings(shown, error):
    """Has each error of a chain, which `shown` has as `traceback` shows it, end as the C code ends it."""
    pending = [(shown, error)]
    seen = set()
    while pending:
        shown, error = pending.pop()
        if shown is None or error is None or id(error) in seen:
            continue
        seen.add(id(error))
        if isinstance(error, Group):
            pending.extend(zip(shown.exceptions or (), error.exceptions))
        else:
            ending = ending_in_c(error)
            if ending:
                shown.format_exception_only = [ending].__iter__
        pending += [(shown.__cause__, error.__cause__), (shown.__context__, error.__context__)]


def ending_in_c(error):
    """What the C code prints of an error below its traceback."""
    trace = TRACEBACK.__get__(error)
    if isinstance(error, SUGGESTING) and trace is not None:
        while trace.tb_next is not None:
            trace = trace.tb_next
    else:
        trace = None
    before = [part.__get__(error) for part in PARTS]
    stderr = getattr(sys, "stderr", None)
    pieces = Pieces(stderr)
    try:
        for part in (CAUSE, CONTEXT):
            part.__set__(error, None)
        TRACEBACK.__set__(error, trace)
        sys.stderr = pieces
        print_in_c(type(error), error, trace)
    finally:
        sys.stderr = stderr
        for part, value in zip(PARTS, before):
            part.__set__(error, value)
    lines = "".join(pieces.pieces).splitlines(True)
    if trace is not None:
        del lines[:2]
        while lines and (lines[0].isspace() or lines[0].startswith("    ")):
            del lines[0]
    return "".join(lines)


class Pieces:
    """Stands in for sys.stderr, and keeps what this thread writes."""

    def __init__(self, stderr):
        self.stderr = stderr
        self.thread = get_ident()
        self.pieces = []

    def write(self, text):
        if get_ident() == self.thread:
            self.pieces.append(text)
        elif self.stderr is not None:
            self.stderr.write(text)

    def flush(self):
        if get_ident() != self.thread and self.stderr is not None:
            self.stderr.flush()
