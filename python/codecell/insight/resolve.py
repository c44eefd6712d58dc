"""What a dotted name stands for, as far as that can be said without running code."""

import builtins

from .values import MISSING, attribute, result_of


def resolve(path, namespace):
    """The value of a list of names, each an attribute of the one before; MISSING where that would have to be computed."""
    value = namespace.get(path[0], vars(builtins).get(path[0], MISSING))
    for name in path[1:]:
        if value is MISSING:
            break
        value = result_of(attribute(value, name), value)
    return value


def attribute_value(value, name):
    """An attribute as `resolve` has it; a property stands for itself."""
    found = attribute(value, name)
    result = result_of(found, value)
    return found if result is MISSING else result
