"""The variables of a namespace."""

from .values import class_name, kind_of, length_of, shape_of, short

MOST_VARIABLES = 500


def variables(namespace, budget):
    """Name, kind, type, size and a short text of each, in the order in which they were first set. Names that begin with `_` are left out."""
    found = []
    for name, value in list(namespace.items()):
        if type(name) is not str or name.startswith("_"):
            continue
        if len(found) == MOST_VARIABLES or budget.is_over():
            return {"variables": found, "truncated": True}
        found.append(variable(name, value))
    return {"variables": found}


def variable(name, value):
    """One of them."""
    kind = kind_of(value)
    described = {
        "name": name[:200],
        "kind": "module" if kind == "namespace" else kind,
        "type": class_name(type(value)),
        "repr": short(value),
    }
    shape, dtype = shape_of(value)
    length = length_of(value)
    if shape is not None:
        described["shape"] = shape
        if shape:
            length = shape[0]
        described["repr"] = "<%s %s%s>" % (
            described["type"],
            "×".join(map(str, shape)) or "scalar",
            " of " + dtype if dtype else "",
        )
    if dtype is not None:
        described["dtype"] = dtype
    if length is not None:
        described["length"] = length
    return described
