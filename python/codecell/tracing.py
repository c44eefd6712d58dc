"""Notices that user code turns a tracer or profiler on, so that nothing of ours runs under it when the code prints."""

import sys

# Functions of `sys` that do, by their modules.
FUNCTIONS = [(sys, "settrace"), (sys, "setprofile")]
if sys.version_info >= (3, 12):
    FUNCTIONS.append((sys.monitoring, "use_tool_id"))
    # What `threading.settrace_all_threads` and its sibling call.
    FUNCTIONS += [(sys, name) for name in ("_settraceallthreads", "_setprofileallthreads") if hasattr(sys, name)]
ORIGINALS = [getattr(module, name) for module, name in FUNCTIONS]


class TracingNotice:
    """Stands in for those functions until one of them is called, and calls `prepare` then."""

    def __init__(self, prepare):
        self.prepare = prepare
        self.substitutes = [self.substitute(function) for function in ORIGINALS]

    def install(self):
        """Takes the place of the functions, where user code has not put something else there."""
        for (module, name), function, substitute in zip(FUNCTIONS, ORIGINALS, self.substitutes):
            if getattr(module, name, None) is function:
                setattr(module, name, substitute)

    def remove(self):
        """Gives the place back: under a tracer nothing of ours may run."""
        for (module, name), function, substitute in zip(FUNCTIONS, ORIGINALS, self.substitutes):
            if getattr(module, name, None) is substitute:
                setattr(module, name, function)

    def substitute(self, function):
        """A class in place of a function, as the one thing whose call runs Python code first and then only C.

        `__new__` is done when `__init__`, which is the function itself, begins.
        """

        def __new__(cls, *arguments, **options):
            self.remove()
            self.prepare()
            return object.__new__(cls)

        members = {
            "__new__": __new__,
            "__init__": staticmethod(function),
            "__doc__": function.__doc__,
            "__module__": function.__module__,
            "__repr__": lambda self: "None",
        }
        return type(function.__name__, (), members)
