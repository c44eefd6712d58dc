"""Breaks the `repr` of containers into lines, as `pprint` does, which would import a third of the standard library."""

BRACKETS = {list: ("[", "]"), tuple: ("(", ")"), dict: ("{", "}"), set: ("{", "}"), frozenset: ("frozenset({", "})")}
# A longer text stays as it is.
LONGEST = 64 * 1024
DEEPEST = 16


def pretty(value, width):
    """The text of a value, with containers that are wider than this broken into lines."""
    text = str.__str__(repr(value))
    if type(value) not in BRACKETS or not width < len(text) <= LONGEST:
        return text
    return broken(value, width, 0, ())


def broken(value, width, indent, around):
    """The text of a value that begins in this column, in the containers `around`."""
    kind = type(value)
    if kind not in BRACKETS:
        return repr(value)
    opening, closing = BRACKETS[kind]
    if any(value is one for one in around):
        return opening + "..." + closing
    text = repr(value)
    if indent + len(text) <= width or not value or len(around) == DEEPEST:
        return text
    column = indent + len(opening)
    around = (*around, value)
    if kind is dict:
        pieces = []
        for key, item in value.items():
            name = repr(key) + ": "
            pieces.append(name + broken(item, width, column + len(name), around))
    else:
        pieces = [broken(item, width, column, around) for item in value]
    if kind is tuple and len(pieces) == 1:
        closing = ",)"
    return opening + fill(pieces, width, column) + closing


def fill(pieces, width, column):
    """Pieces in lines, as many as fit; one that has lines itself stands alone."""
    margin = "\n" + " " * column
    lines = []
    room = 0
    for piece in pieces:
        needed = len(piece) + 2
        if lines and "\n" not in piece and needed <= room:
            lines[-1] += ", " + piece
            room -= needed
        else:
            lines.append(piece)
            room = 0 if "\n" in piece else width - column - needed
    return ("," + margin).join(lines)
