"""What stands at the cursor: how it is called, what its documentation says, and its source."""

from .resolve import resolve
from .signatures import docstring, signature
from .text import Place, word_end
from .values import BOUND, FUNCTION, MISSING, class_name, get_class_dict, kind_of, short
from .variables import variable

MOST_LINES = 200
LARGEST_FILE = 1 << 20


def describe(code, offset, namespace, sources, budget):
    """Signature, documentation and source of the name there, or of the function whose call surrounds it; None if there is neither."""
    place = Place(code, offset)
    if place.is_comment or place.string_start >= 0:
        return None
    end = word_end(code, offset)
    whole = Place(code, end)
    path = whole.path()
    if whole.word and path is not None and not whole.word[0].isdigit():
        start, names = whole.start, [*path, whole.word]
    else:
        names = place.call()
        if names is None:
            return None
        end = place.open[-1][0]
        start = end - len(names[-1])
    value = resolve(names, namespace)
    if value is MISSING:
        return None
    return start, end, said_of(names[-1], value, sources, budget)


def said_of(name, value, sources, budget):
    """The parts of an answer."""
    kind = kind_of(value)
    said = {"name": name, "kind": "module" if kind == "namespace" else kind, "type": class_name(type(value))}
    call = signature(value) if kind in ("function", "class") else ""
    # A value of a built-in type needs no documentation of its type.
    is_plain = kind == "variable" and get_class_dict(type(value)).get("__module__") in (None, "builtins")
    documentation = "" if is_plain else docstring(value)
    head = call
    if call:
        said["signature"] = call
    else:
        head = variable(name, value)["repr"] if kind == "variable" else short(value)
    if documentation:
        said["docstring"] = documentation
    source = source_of(value, sources, budget)
    if source:
        said["source"] = source
    said["data"] = {
        "text/plain": "\n\n".join(filter(None, (head, documentation))),
        "text/markdown": "```python\n%s\n```\n%s" % (head, "\n" + documentation if documentation else ""),
    }
    return said


def source_of(value, sources, budget):
    """The lines that define a function or a class; empty where they are not known, or where the time is used up."""
    if budget.is_over():
        return ""
    if type(value) is BOUND:
        value = value.__func__
    if type(value) is FUNCTION:
        return lines_of(value.__code__, sources)
    if issubclass(type(value), type):
        return source_of_class(value, sources, budget)
    return ""


def lines_of(code, sources):
    """The lines of a code object's function."""
    lines = lines_of_file(code, sources)
    return block(lines, code.co_firstlineno - 1)


def source_of_class(kind, sources, budget):
    """The lines of a class, found by its first method."""
    for one in list(get_class_dict(kind).values()):
        if budget.is_over():  # each look may read a large file
            break
        code = one.__code__ if type(one) is FUNCTION else None
        if code is not None:
            lines = lines_of_file(code, sources)
            for at in range(min(code.co_firstlineno, len(lines)) - 1, -1, -1):
                if lines[at].lstrip().startswith(("class %s(" % class_name(kind), "class %s:" % class_name(kind))):
                    return block(lines, at)
    return ""


def lines_of_file(code, sources):
    """The lines of the cell or the file that has this code."""
    name = code.co_filename
    if name in sources:
        return (sources.lines(name) or []) if sources.is_current(code) else []
    if not name.endswith(".py"):
        return []
    try:
        with open(name, "rb") as file:
            data = file.read(LARGEST_FILE + 1)
    except (OSError, ValueError):
        return []
    return data.decode("utf-8", "replace").splitlines(True) if len(data) <= LARGEST_FILE else []


def block(lines, first):
    """The lines from the first on that are indented further, and its decorators."""
    if not 0 <= first < len(lines):
        return ""
    margin = len(lines[first]) - len(lines[first].lstrip())
    taken = []
    is_head = True
    for line in lines[first : first + MOST_LINES]:
        text = line.strip()
        indentation = len(line) - len(line.lstrip())
        if not is_head and text and indentation <= margin and text[0] not in ")]}":
            break
        if is_head and text.startswith(("def ", "class ", "async ")):
            is_head = False
        taken.append(line[margin:] if line[:margin].isspace() or not margin else line)
    return "".join(taken).rstrip() + "\n"
