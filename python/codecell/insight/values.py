"""Looks at values without running code of their classes: no property, no `__getattr__`, no `__repr__` of theirs."""

import sys
from itertools import islice

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


MISSING: "Any" = object()
MODULE = type(sys)
FUNCTION = type(lambda: None)
METHOD = type([].append)  # of C, as functions of C are
BOUND = type(type("", (), {"f": lambda self: None})().f)  # pyright: ignore[reportAttributeAccessIssue]
GETSET = type(FUNCTION.__dict__["__code__"])
MEMBER = type(FUNCTION.__dict__["__globals__"])
C_FUNCTIONS = (METHOD, type(str.join), type(object.__init__), type(object().__str__), type(dict.__dict__["fromkeys"]))
FUNCTIONS = (FUNCTION, BOUND, *C_FUNCTIONS)
SIZED = (str, bytes, bytearray, list, tuple, dict, set, frozenset, range)
# Classes of libraries whose shape costs almost nothing to read: by module and name.
SHAPED = {
    ("numpy", "ndarray"),
    ("pandas", "DataFrame"),
    ("pandas", "Series"),
    ("polars", "DataFrame"),
    ("polars", "Series"),
    ("torch", "Tensor"),
}


class Instance:
    """Stands for an instance of a class that nobody has made."""

    __slots__ = ("kind",)

    def __init__(self, kind):
        self.kind = kind


get_mro = type.__dict__["__mro__"].__get__
get_class_dict = type.__dict__["__dict__"].__get__
get_name = type.__dict__["__name__"].__get__
get_module_dict = MODULE.__dict__["__dict__"].__get__

SHORT = 100
MOST_ITEMS = 6
MOST_BITS = 1000


def mro(kind: type) -> "tuple[type, ...]":
    """A class and its bases, as they are used."""
    return get_mro(kind)


def members(value) -> "list[dict[str, Any]]":
    """Dictionaries in which a value's attributes are looked up, the first first."""
    kind = type(value)
    if kind is Instance:
        return [get_class_dict(one) for one in mro(value.kind)]
    if issubclass(kind, MODULE):
        return [get_module_dict(value) or {}]
    classes = [get_class_dict(one) for one in mro(kind)]
    if issubclass(kind, type):
        return [get_class_dict(one) for one in mro(value)] + classes
    own = instance_dict(value)
    return classes if own is None else [own, *classes]


def instance_dict(value):
    """A value's own dictionary, or None."""
    for one in mro(type(value)):
        entry = get_class_dict(one).get("__dict__")
        if entry is not None:
            found = entry.__get__(value) if type(entry) is GETSET else None
            return found if type(found) is dict else None
    return None


def attribute(value, name: str):
    """An attribute as it stands in a dictionary: a property is the property itself. MISSING where there is none."""
    for each in members(value):
        found = each.get(name, MISSING)
        if found is not MISSING:
            return found
    return MISSING


def result_of(found, value=MISSING):
    """The value of an attribute of `value`, given what a dictionary has for it; MISSING where it would have to be computed."""
    kind = type(found)
    if kind is staticmethod:
        return found.__func__
    is_class = issubclass(type(value), type)
    if kind is classmethod:
        return bound(found.__func__, value if is_class else type(value))
    if kind is MEMBER and not is_class:
        try:
            return found.__get__(value)  # a slot
        except (AttributeError, TypeError):
            return MISSING
    if kind is FUNCTION and value is not MISSING and not is_class and not issubclass(type(value), MODULE):
        own = instance_dict(value)
        is_own = own is not None and any(found is one for one in list(own.values()))
        return found if is_own else bound(found, value)
    return MISSING if kind in (property, GETSET, MEMBER) else found


def bound(function, value):
    """A function as a method of a value."""
    return BOUND(function, value) if type(function) is FUNCTION else function


def kind_of(value) -> str:
    """A word for what it is, as editors use them."""
    kind = type(value)
    if value is MISSING or kind in (property, GETSET, MEMBER):
        return "property"
    if kind in FUNCTIONS or kind in (staticmethod, classmethod):
        return "function"
    if issubclass(kind, type):
        return "class"
    return "namespace" if issubclass(kind, MODULE) else "variable"


def class_name(kind: type) -> str:
    """The name of a class."""
    return str.__str__(get_name(kind))


def length_of(value):
    """How many items it has; None where that is not known."""
    for base in SIZED:
        if issubclass(type(value), base):
            return base.__len__(value)
    return None


def shape_of(value):
    """Its shape and the type of its items, of a few libraries' classes."""
    kind = type(value)
    module = get_class_dict(kind).get("__module__")
    package = module.partition(".")[0] if type(module) is str else ""
    if (package, class_name(kind)) not in SHAPED:
        return None, None
    # User code may have a package of the same name.
    if getattr(sys.modules.get(package), class_name(kind), None) is not kind:
        return None, None
    try:
        shape = [int(size) for size in value.shape]
        dtype = getattr(value, "dtype", None)
        return shape[:8], None if dtype is None else str(dtype)[:SHORT]
    except Exception:
        return None, None


def short(value, room=SHORT, depth=2) -> str:
    """A short text of a value: what Python shows, for its own types; a description for others."""
    kind = type(value)
    if kind in (bool, float, complex, type(None), type(...), type(NotImplemented)):
        return repr(value)
    if kind is int:
        return repr(value) if value.bit_length() <= MOST_BITS else "<int of %d bits>" % value.bit_length()
    if kind in (str, bytes, bytearray):
        return repr(value) if len(value) <= room else repr(value[:room]) + "…"
    if kind is range:
        return "range(%s)" % ", ".join(short(part) for part in (value.start, value.stop, value.step))
    if kind in (list, tuple, set, frozenset, dict):
        return short_collection(value, kind, room, depth)
    if kind in FUNCTIONS:
        return "<function %s>" % function_name(value)
    if issubclass(kind, type):
        return "<class %s>" % class_name(value)
    if issubclass(kind, MODULE):
        name = get_module_dict(value).get("__name__")
        return "<module %s>" % (name if type(name) is str else "")
    return "<%s object>" % class_name(kind)


def short_collection(value, kind, room, depth):
    """The first items of a collection."""
    if not value:
        return repr(kind())
    pieces = []
    if depth:
        # A copy of a few, made by C code: another thread may change it.
        for item in list(islice(value.items() if kind is dict else value, MOST_ITEMS + 1)):
            shown = ": ".join(short(part, room // 2, depth - 1) for part in (item if kind is dict else (item,)))
            room -= len(shown) + 2
            if room < 0 or len(pieces) == MOST_ITEMS:
                pieces.append("…")
                break
            pieces.append(shown)
    else:
        pieces.append("…")
    text = ", ".join(pieces)
    if kind is list:
        return "[%s]" % text
    if kind is tuple:
        return "(%s,)" % text if len(value) == 1 and depth else "(%s)" % text
    return "frozenset({%s})" % text if kind is frozenset else "{%s}" % text


def function_name(value) -> str:
    """The name of a function."""
    name = value.__name__
    return name if type(name) is str else ""
