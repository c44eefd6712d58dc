"""What an expression stands for, as far as that can be said without running code."""

import builtins
from itertools import islice

from .signatures import attribute_of_class
from .values import C_FUNCTIONS, MISSING, Instance, attribute, result_of

# Keys of a dictionary that are compared with the one in the code.
MOST_KEYS = 10_000


def resolve(path, namespace):
    """The value of a name and the steps after it, each an attribute, a subscript or a call; MISSING where code would have to run."""
    value = namespace.get(path[0], vars(builtins).get(path[0], MISSING))
    for step in path[1:]:
        if value is MISSING:
            break
        if step == "()":
            value = made_by(value)
        elif step.startswith("["):
            value = item(value, constant(step[1:-1].strip()))
        else:
            value = result_of(attribute(value, step), value)
    return value


def attribute_value(value, name):
    """An attribute as `resolve` has it; a property stands for itself."""
    found = attribute(value, name)
    result = result_of(found, value)
    return found if result is MISSING else result


def made_by(kind):
    """What a call of a class makes, where no code of the user's decides that."""
    if type(kind) is not type or issubclass(kind, (type, super)):
        return MISSING
    new = result_of(attribute_of_class(kind, "__new__"))
    return Instance(kind) if new is MISSING or type(new) in C_FUNCTIONS else MISSING


def constant(text):
    """A number or a plain string in code; MISSING for anything else."""
    if (text[1:] if text[:1] == "-" else text).isdecimal() and len(text) < 10:
        return int(text)
    quote = text[:1]
    is_string = len(text) > 1 and quote in "'\"" and text.endswith(quote)
    return text[1:-1] if is_string and quote not in text[1:-1] and "\\" not in text else MISSING


def item(value, key):
    """An item of a built-in collection."""
    kind = type(value)
    if kind is dict:
        # A look-up would compare with keys that may be the user's objects.
        pairs = list(islice(value.items(), MOST_KEYS))
        return next((found for known, found in pairs if type(known) is type(key) and known == key), MISSING)
    if kind in (list, tuple, str) and type(key) is int:
        try:
            return value[key]
        except IndexError:
            pass
    return MISSING
