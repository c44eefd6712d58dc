"""Compiles one cell, and guards it: neither its errors, nor an interrupt, nor a tracer of its own leave it.

The cell's syntax tree becomes the body of the inner `try` here:

    try:
        try:
            start()
            <the cell>
        except:
            fail()
        finally:
            stop()
    except:  # an interrupt between the end of the cell and `stop()`
        fail()

`start`, `fail` and `stop` are C functions among the code's constants: user code sees no name of them, and a tracer sees
no frame of ours. `fail` and `stop` turn tracers and profilers off, and keep them for the next cell.
"""

import _ast
import sys
from _functools import partial
from itertools import cycle, repeat, starmap

from .exception_table import cover_gaps
from .sources import split_lines

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .interrupts import Interrupts


ONLY_TREE = 0x400
TOP_LEVEL_AWAIT = 0x2000
CO_COROUTINE = 0x80
# A tree takes some hundred times the memory of its source. A larger cell runs under a frame of the guard instead.
LARGEST_TREE = 128 * 1024

# Marks a string among the code's constants that stands for one of the guard's. No cell has it by accident.
MARK = "\0codecell %x " % id(sys)

GUARD = """
try:
    try:
        start()
    except:
        fail()
    finally:
        stop()
except:
    fail()
"""
# The same where the cell may use `sys.monitoring`, as `cProfile` does from Python 3.12 on.
MONITORED_GUARD = """
try:
    try:
        any(starmap(set_events, monitors)); start()
    except:
        fail()
    finally:
        stop()
        monitored.extend(zip(filter(get_tool, tools), map(get_events, filter(get_tool, tools))))
        any(map(set_events, filter(get_tool, tools), repeat(0)))
        any(map(set_local_events, filter(get_tool, tools), codes, repeat(0)))
        codes.clear()
except:
    fail()
"""
monitoring = getattr(sys, "monitoring", None)
TOOLS = range(6)
DEBUGGER = 0
USES_MONITORING = ("monitoring", "rofile", "breakpoint", "set_trace", "coverage")

call = partial.__call__


def in_turn(*calls):
    """A C function that makes these calls, one after the other. Each has to return something false."""
    steps = [(partial(one),) for one in calls] + [(partial(int, 1),)]
    return partial(next, filter(None, starmap(call, cycle(steps))))


def passing_on(source, target):
    """A C function that calls `target` with what `source` returns."""
    return partial(next, map(target, iter(source, object())))


class Kept(list):
    """A list that can be a constant of a cell's code. Debuggers hash code, which hashes each of its constants."""

    __hash__ = object.__hash__  # pyright: ignore[reportAssignmentType]


class Guard:
    """Wraps code so that a call of it raises nothing: what it raises is kept here."""

    def __init__(self, interrupts: "Interrupts"):
        self.errors = []  # (type, error, traceback)
        self.traces = []
        self.profiles = []
        self.monitored = Kept()  # (tool, its events)
        self.contexts = []  # that of `contextvars` at the end of a cell with `await`
        self.restores_tracer = False  # the code compiled last starts with one
        self.templates = {}
        self.stop = stop = (
            partial(setattr, interrupts, "is_executing", False),
            passing_on(sys.gettrace, self.traces.append),
            partial(sys.settrace, None),
            passing_on(sys.getprofile, self.profiles.append),
            partial(sys.setprofile, None),
        )
        self.start = self.start_cell = partial(setattr, interrupts, "is_executing", True)
        self.start_tasks = partial(setattr, interrupts, "is_executing", False)
        self.constants = {
            "start": self.start,
            "stop": in_turn(*stop),
            "fail": in_turn(*stop, passing_on(sys.exc_info, self.errors.append)),
        }
        if monitoring:
            self.constants.update(
                codes=(),  # a list of its own for each cell
                monitored=self.monitored,
                tools=TOOLS,
                get_tool=monitoring.get_tool,
                get_events=monitoring.get_events,
                set_events=monitoring.set_events,
                set_local_events=monitoring.set_local_events,
                any=any,
                filter=filter,
                map=map,
                repeat=repeat,
                starmap=starmap,
                zip=zip,
            )

    def compile(self, source, name, flags=0, show=None, functions=None):
        """The code of a cell, and whether it is guarded: it is not where it is too large or too deep for a tree.

        A guarded cell calls `show` with the value of its last expression. `functions` are visible to this code only, by name.
        """
        flags |= TOP_LEVEL_AWAIT
        if not source.endswith("\n"):
            source += "\n"  # as a file's last line is read: without it, errors at the end are somewhere else
        if len(source) <= LARGEST_TREE:
            try:
                tree: Any = compile(source, name, "exec", flags | ONLY_TREE, True)
                if show is not None:
                    self.constants["show"] = show
                    show_last(tree, source)
                if functions is not None:
                    self.constants.update(functions)
                    mark_names(tree, functions)
                return self.compile_around(tree, name, flags, may_monitor(source)), True
            except (SyntaxError, RecursionError, MemoryError):
                pass  # the cell alone may have none, or another: the guard is a block more, and a tree has limits
        return compile(source, name, "exec", flags, True), False

    def call(self, function, *arguments, is_cell=True):
        """A call of `function` that raises nothing, as a step for the trampoline. Interrupts mean a cell."""
        tree = compile("function()", "<codecell>", "exec", ONLY_TREE, True)
        mark_names(tree, ("function",))
        self.constants["function"] = partial(function, *arguments)
        self.start = self.start_cell if is_cell else self.start_tasks
        code = self.compile_around(tree, "<codecell>", 0, may_monitor(""))
        self.start = self.start_cell
        del self.constants["function"]
        return (partial(exec, code, {"__builtins__": {}}),)

    def take_errors(self):
        """What was raised since the last time, in order."""
        errors = [error for _, error, _ in self.errors]
        self.errors.clear()
        return errors

    def compile_around(self, tree: "Any", name, flags, monitors):
        """The code of a tree with the guard around it."""
        self.restore_tracers()
        outer, nodes = self.template(monitors)
        body = outer.body[0].body
        ours = 2 if monitors else 1
        first = count_leading(tree.body)
        if sys.version_info < (3, 10):
            place(nodes, getattr(tree.body[-1], "end_lineno", 1) if tree.body else 1, 0)
        try:
            body[ours:] = tree.body[first:]
            tree.body[first:] = [outer]
            code = compile(tree, name, "exec", flags, True)
        finally:
            del body[ours:]
        codes = Kept()
        values = {**self.constants, "codes": codes}
        if code.co_flags & CO_COROUTINE:
            values.update(self.coroutine_constants())
        constants = [
            values[one[len(MARK) :]] if type(one) is str and one.startswith(MARK) else one for one in code.co_consts
        ]
        code = code.replace(co_consts=tuple(constants))
        if (3, 11) <= sys.version_info < (3, 13):
            code = cover_gaps(code)
        if monitors:
            # No tool hears of the end of this code: a debugger could raise there. The code empties the list, and with it
            # a cycle that no collector finds.
            codes[:] = [code] * len(TOOLS)
        return code

    def coroutine_constants(self):
        """`stop` and `fail` of a coroutine, which has a context of its own: it is kept for the next cell."""
        from _contextvars import copy_context  # a shared library, a quarter of a millisecond

        keep = passing_on(copy_context, self.contexts.append)
        return {
            "stop": in_turn(keep, *self.stop),
            "fail": in_turn(keep, *self.stop, passing_on(sys.exc_info, self.errors.append)),
        }

    def take_context(self):
        """The context in which the last cell with `await` has ended, or None."""
        context = self.contexts[-1] if self.contexts else None
        self.contexts.clear()
        return context

    def restore_tracers(self):
        """Has the next code start with the tracer and profiler that the last one left. A debugger ends with its cell."""
        tracer = next((one for one in self.traces if one is not None), None)
        profiler = next((one for one in self.profiles if one is not None), None)
        if is_debugger(tracer):
            tracer = None
        if tracer is None and profiler is None:
            self.constants["start"] = self.start
        else:
            # `cProfile` up to Python 3.11 is no function, but enables itself.
            enable = None if callable(profiler) else getattr(profiler, "enable", None)
            profile = partial(sys.setprofile, profiler) if enable is None else enable
            self.constants["start"] = in_turn(self.start, partial(sys.settrace, tracer), profile)
        events = {}
        for tool, each in self.monitored:
            if tool != DEBUGGER:
                events.setdefault(tool, each)
        self.constants["monitors"] = tuple(events.items())
        self.restores_tracer = tracer is not None or profiler is not None or bool(any(events.values()))
        for kept in (self.traces, self.profiles, self.monitored):
            kept.clear()

    def template(self, monitors) -> "tuple[Any, list[Any]]":
        """The guard's own tree, and its nodes."""
        if monitors not in self.templates:
            tree: Any = compile(MONITORED_GUARD if monitors else GUARD, "<codecell>", "exec", ONLY_TREE, True)
            mark_names(tree, self.constants)
            nodes = [node for node in walk(tree) if "lineno" in node._attributes]
            # From Python 3.10 on the guard is nowhere, so that no debugger stops there.
            place(nodes, -1, -1)
            self.templates[monitors] = tree.body[0], nodes
        return self.templates[monitors]


def may_monitor(source):
    """Whether a cell may leave `sys.monitoring` on, or has it on from an earlier one."""
    if not monitoring:
        return False
    return any(map(monitoring.get_tool, TOOLS)) or any(word in source for word in USES_MONITORING)


def place(nodes, line, column):
    """Says where nodes are."""
    for node in nodes:
        node.lineno = node.end_lineno = line
        node.col_offset = node.end_col_offset = column


def is_debugger(tracer):
    """Whether a trace function is that of a `bdb.Bdb`, which `pdb` and others are."""
    for base in type(getattr(tracer, "__self__", None)).__mro__:
        if base.__name__ == "Bdb" and base.__module__ == "bdb":
            return True
    return False


def count_leading(body):
    """How many statements have to stay ahead of everything: the docstring and `from __future__ import …`."""
    count = 0
    for node in body:
        kind = type(node)
        is_docstring = count == 0 and kind is _ast.Expr and type(getattr(node.value, "value", None)) is str
        if not is_docstring and not (kind is _ast.ImportFrom and node.module == "__future__" and not node.level):
            break
        count += 1
    return count


def show_last(tree, source):
    """Has a tree's last expression shown, unless it ends in a semicolon."""
    last: Any = tree.body[-1] if tree.body else None
    if type(last) is not _ast.Expr:
        return
    if ";" in source:
        end: Any = last.end_lineno
        rest = split_lines(source)[end - 1].encode()[last.end_col_offset :]
        if rest.lstrip(b" \t\f").startswith((b";", b"\\")):
            return
    show = _at(_ast.Constant(value=MARK + "show"), last)
    function = _at(_ast.Attribute(value=show, attr="__call__", ctx=_ast.Load()), last)
    last.value = _at(_ast.Call(func=function, args=[last.value], keywords=[]), last)


def walk(node):
    """A tree's nodes."""
    yield node
    for name in node._fields:
        value = getattr(node, name, None)
        for child in value if type(value) is list else (value,):
            if hasattr(child, "_fields"):
                yield from walk(child)


def mark_names(tree, names):
    """Turns these names into marks for constants; a call of one into a call of its `__call__`, of which no compiler warns."""
    for node in list(walk(tree)):
        for field in node._fields:
            value = getattr(node, field)
            if type(value) is list:
                value[:] = [marked(child, names) for child in value]
            else:
                setattr(node, field, marked(value, names))
        if type(node) is _ast.Call and type(node.func) is _ast.Constant:
            function = _ast.Attribute(value=node.func, attr="__call__", ctx=_ast.Load())
            node.func = _at(function, node)


def marked(node, names):
    """A mark in place of a name."""
    if type(node) is _ast.Name and node.id in names:
        return _at(_ast.Constant(value=MARK + node.id), node)
    return node


def _at(node, other):
    node.lineno, node.end_lineno = other.lineno, other.end_lineno
    node.col_offset, node.end_col_offset = other.col_offset, other.end_col_offset
    return node
