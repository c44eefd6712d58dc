"""The results of a context, on their way to the client.

    last expression ─► show ──┐
    display(…) ─► display ────┼► send ─► the host's `send_result` ─► client
    libraries ─► publish ─────┘

Everything comes in order with the output: what sys.stdout holds back is sent first.
"""

from ..adapters import is_of_library
from .encoding import Bundle
from .formatting import Formatter, describe, method_of
from .functions import Functions, new_id
from .hooks import Hooks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..interrupts import Interrupts
    from ..runs import Runs
    from ..streams import Streams

CLEAR = "application/vnd.codecell.clear+json"
CLEAR_LINE = "\r\033[K"


class Results:
    """The results of a context. `send_result` takes the JSON of one; `builtins` and `sys` are those of user code."""

    def __init__(
        self, streams: "Streams", runs: "Runs", interrupts: "Interrupts", send_result, importer, builtins, sys, log
    ):
        self.streams = streams
        self.runs = runs
        self.interrupts = interrupts
        self.send_result = send_result
        self.importer = importer
        self.builtins = builtins
        self.sys = sys
        self.log = log
        self.most_bytes: "int | None" = None  # of one result; None while the client wants none
        self.is_main = False  # the value of the last expression is being shown
        self.formatter = Formatter(self.warn)
        self.functions = Functions(self)
        self.hooks: "Hooks | None" = None
        interrupts.protect(Results.send)

    def begin(self, most_bytes):
        """A run begins whose client wants results of at most so many bytes, or none (None)."""
        self.most_bytes = most_bytes
        self.is_main = False
        if most_bytes is not None:
            self.functions.install(self.builtins)
            if self.hooks is None:
                self.hooks = Hooks(self, is_of_library, self.log)
                self.hooks.install()
            self.hooks.begin_run()

    def finish_cell(self, is_interrupted):
        """What is to be called when a cell has ended, or None."""
        assert self.hooks is not None
        return None if self.interrupts.is_forked() else self.hooks.finish_cell(is_interrupted)

    def translate(self, source, name, error):
        """A cell with a syntax error, if its lines are a notebook's: as Python, with the functions that this needs. Else raises an error."""
        from .notebook import NAME, Lines, as_python

        return as_python(source, name, error), {NAME: Lines(self).run}

    def load(self, name):
        """The module of this name that user code has, or gets."""
        self.importer.public_import(name)
        return self.sys.modules[name]

    def new_id(self):
        """An id that nothing else has."""
        return new_id()

    def show(self, value):
        """Shows the value of a cell's last expression. The code of the cell calls this."""
        if value is not None:
            self.builtins._ = value
            self.is_main = True
            try:
                self.display(value)
            finally:
                self.is_main = False

    def display(self, value, raw=False, metadata=None, display_id=None, is_update=False, include=None, exclude=None):
        """Shows an object."""
        if raw:
            data, more = dict(value), {}
        else:
            if self.displays_itself(value):
                return
            # What a method of the value shows is not the value.
            is_main, self.is_main = self.is_main, False
            data, more = self.formatter.format(value)
            self.is_main = is_main
        if include or exclude:
            data = {
                mime: one
                for mime, one in data.items()
                if (not include or mime in include) and mime not in (exclude or ())
            }
        if metadata:
            more = {**more, **metadata}
        self.publish(data, more, display_id, is_update)

    def displays_itself(self, value):
        """Whether an object has shown itself, by its `_ipython_display_`."""
        if isinstance(value, type) or self.formatter.special(value) is not None:
            return False
        method = method_of(value, "_ipython_display_")
        if method is None or self.formatter.makes_methods_up(value):
            return False
        try:
            method()
        except NotImplementedError:
            return False
        except Exception as error:
            self.formatter.fail(value, "_ipython_display_", error)
            return False
        return True

    def publish(self, data, metadata=None, display_id=None, is_update=False):
        """Shows data by MIME type. The first of the last expression is the main result."""
        is_main, self.is_main = self.is_main, False
        self.send(Bundle(data, metadata, is_main, display_id, is_update))

    def clear(self, wait):
        """Has the client remove what this run has shown."""
        self.send(Bundle({CLEAR: {"wait": bool(wait)}}))

    def send(self, bundle: Bundle):
        """Sends a result, in order with the output."""
        nested = self.interrupts.enter()
        try:
            if self.most_bytes is None or self.interrupts.is_forked():
                self.print(bundle)
                return
            payload = bundle.encode(self.most_bytes, self.fail_encoding)
            with self.streams.lock:
                if not (self.runs.by_thread and self.runs.is_muted()):
                    self.streams.flush()
                    self.send_result(payload)
        finally:
            self.interrupts.leave(nested)

    def print(self, bundle: Bundle):
        """Prints a result instead of sending it: the client takes none now, or this is a forked child."""
        if CLEAR in bundle.data:
            text, end = CLEAR_LINE, ""
        else:
            text, end = bundle.data.get("text/plain"), "\n"
            if type(text) is not str:
                text = "<%s>" % ", ".join(map(str, bundle.data))
        self.sys.stdout.write(text + end)

    def fail_encoding(self, mime, error):
        """Says that data can't be sent."""
        self.warn("%s can't be sent: %s" % (mime, describe(error)))

    def warn(self, line):
        """Tells the people who wrote the code."""
        self.streams.stderr.text.write("codecell: %s\n" % line)
