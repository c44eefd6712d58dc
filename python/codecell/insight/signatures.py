"""How functions are called, and what their documentation says."""

import sys

from .values import (
    BOUND,
    C_FUNCTIONS,
    FUNCTION,
    MISSING,
    MODULE,
    class_name,
    function_name,
    get_class_dict,
    get_module_dict,
    mro,
    result_of,
    short,
)

VARARGS, VARKEYWORDS = 4, 8
# From 3.14 on they are computed when they are asked for.
HAS_ANNOTATIONS = sys.version_info < (3, 14)
LONGEST_DEFAULT = 30
LONGEST_TEXT = 8000


class Parameter:
    """One parameter of a function."""

    def __init__(self, name, shown, is_keyword):
        self.name = name
        self.shown = shown  # with its annotation and default
        self.is_keyword = is_keyword  # whether it can be given by its name


def callee(value):
    """The function that a call of the value runs, and how many of its parameters are filled in."""
    kind = type(value)
    if kind in (staticmethod, classmethod):
        return value.__func__, int(kind is classmethod)
    if kind is BOUND:
        return value.__func__, 1
    if kind is FUNCTION or kind in C_FUNCTIONS:
        return value, 0
    if issubclass(kind, type):
        for name in ("__init__", "__new__"):
            found = result_of(attribute_of_class(value, name))
            if type(found) is FUNCTION:
                return found, 1
        return value, 0
    found = result_of(attribute_of_class(kind, "__call__"))
    return (found, 1) if type(found) is FUNCTION else (MISSING, 0)


def attribute_of_class(kind, name):
    """An attribute as the class or a base has it, but for `object`."""
    for one in mro(kind):
        if one is not object and name in get_class_dict(one):
            return get_class_dict(one)[name]
    return MISSING


def parameters(value):
    """The parameters of a call; None where they are not known."""
    function, filled = callee(value)
    if type(function) is FUNCTION:
        return of_code(function)[filled:]
    text = text_signature(function)
    return None if text is None else of_text(text)


def of_code(function):
    """The parameters of a function in Python. Defaults may be the user's objects, so their `__repr__` is not called."""
    code = function.__code__
    names = code.co_varnames
    count, only_keywords = code.co_argcount, code.co_kwonlyargcount
    defaults = function.__defaults__ or ()
    keyword_defaults = function.__kwdefaults__ or {}
    notes = function.__annotations__ if HAS_ANNOTATIONS else {}
    found = []

    def add(name, default=MISSING, stars="", is_keyword=True):
        shown = stars + name
        note = notes.get(name, MISSING) if type(notes) is dict else MISSING
        if note is not MISSING:
            shown += ": " + shown_note(note)
        if default is not MISSING:
            shown += (" = " if note is not MISSING else "=") + short(default, LONGEST_DEFAULT, 1)
        found.append(Parameter(name, shown, is_keyword))

    for index, name in enumerate(names[:count]):
        at = index - count + len(defaults)
        add(name, defaults[at] if at >= 0 else MISSING, is_keyword=index >= code.co_posonlyargcount)
        if index + 1 == code.co_posonlyargcount:
            found.append(Parameter("/", "/", False))
    rest = count + only_keywords
    if code.co_flags & VARARGS:
        add(names[rest], stars="*", is_keyword=False)
    elif only_keywords:
        found.append(Parameter("*", "*", False))
    for name in names[count:rest]:
        add(name, keyword_defaults.get(name, MISSING))
    if code.co_flags & VARKEYWORDS:
        add(names[rest + bool(code.co_flags & VARARGS)], stars="**", is_keyword=False)
    return found


def shown_note(note):
    """The text of an annotation."""
    if type(note) is str:
        return note[:LONGEST_DEFAULT]
    return class_name(note) if issubclass(type(note), type) else short(note, LONGEST_DEFAULT, 1)


def text_signature(function):
    """What C code says of its parameters, or None."""
    if type(function) in C_FUNCTIONS or issubclass(type(function), type):
        text = type(function).__dict__.get("__text_signature__")
        text = MISSING if text is None else text.__get__(function)
        if type(text) is str and text.startswith("(") and text.endswith(")"):
            return text[1:-1]
    return None


def of_text(text):
    """The parameters in such a text."""
    found = []
    only_positions = "/" in text
    for part in split(text):
        name = part.strip().partition("=")[0].strip()
        if part.strip().startswith("$"):
            continue
        if name == "/":
            only_positions = False
            if not found:
                continue
        is_keyword = not only_positions and name.isidentifier()
        found.append(Parameter(name, part.strip(), is_keyword))
    return found


def split(text):
    """The parts of a text between commas that are not in brackets."""
    depth, start, parts = 0, 0, []
    for index, character in enumerate(text):
        depth += (character in "([{") - (character in ")]}")
        if character == "," and not depth:
            parts.append(text[start:index])
            start = index + 1
    return [part for part in (*parts, text[start:]) if part.strip()]


def signature(value, name=""):
    """A call of it, as documentation shows it; empty where it is not known."""
    found = parameters(value)
    if found is None:
        return ""
    function, _ = callee(value)
    note = MISSING
    if type(function) is FUNCTION and not issubclass(type(value), type) and HAS_ANNOTATIONS:
        note = function.__annotations__.get("return", MISSING)
    arrow = "" if note is MISSING else " -> " + shown_note(note)
    name = name or (class_name(value) if issubclass(type(value), type) else function_name(function))
    return "%s(%s)%s" % (name, ", ".join(one.shown for one in found), arrow)


def docstring(value):
    """What its documentation says; empty if nothing."""
    kind = type(value)
    if kind is property:
        return docstring(value.fget) if value.fget is not None else ""
    if kind in (staticmethod, classmethod, BOUND):
        return docstring(value.__func__)
    if kind is FUNCTION or kind in C_FUNCTIONS:
        text = value.__doc__
    elif issubclass(kind, MODULE):
        text = get_module_dict(value).get("__doc__")
    else:
        text = attribute_of_class(value if issubclass(kind, type) else kind, "__doc__")
    return dedented(text[:LONGEST_TEXT]) if type(text) is str else ""


def dedented(text):
    """A docstring without the indentation that its place in the code gave it."""
    first, *rest = text.expandtabs().split("\n")
    margins = [len(line) - len(line.lstrip()) for line in rest if line.strip()]
    margin = min(margins) if margins else 0
    return "\n".join([first.strip()] + [line[margin:].rstrip() for line in rest]).strip()


def first_line(value):
    """The first line of its documentation."""
    return docstring(value).partition("\n")[0][:120]
