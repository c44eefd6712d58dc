"""«Did you mean», which `traceback` has from Python 3.12 on, and the interpreter itself in 3.10 and 3.11."""

import sys

ARE_MISSING = (3, 10) <= sys.version_info < (3, 12)
MOST_CANDIDATES = 750
LONGEST_NAME = 40
MOVE_COST = 2
CASE_COST = 1


def suggestion(error):
    """The end of the message of a NameError or AttributeError, or nothing."""
    try:
        if not ARE_MISSING:
            return ""
        if isinstance(error, AttributeError):
            if type(error.name) is not str or error.__traceback__ is None and error.obj is None:
                return ""
            name, candidates = error.name, dir(error.obj)
        elif isinstance(error, NameError):
            name, candidates = error.name, visible_names(error.__traceback__)
        else:
            return ""
        found = closest(name, candidates) if type(name) is str else None
    except Exception:  # an object of the user's own may do anything
        return ""
    return ". Did you mean: '%s'?" % found if found else ""


def visible_names(trace):
    """The names that a traceback's last frame sees."""
    if trace is None:
        return []
    while trace.tb_next is not None:
        trace = trace.tb_next
    frame = trace.tb_frame
    return [*frame.f_code.co_varnames, *frame.f_code.co_cellvars, *frame.f_code.co_freevars], frame


def closest(name, candidates):
    """The candidate that is most like a name, if any is."""
    if type(candidates) is tuple:  # locals, then globals, then builtins: the first group with one wins
        local, frame = candidates
        for group in (local, frame.f_globals, frame.f_builtins):
            found = closest(name, list(group))
            if found:
                return found
        return None
    if len(candidates) >= MOST_CANDIDATES or len(name) > LONGEST_NAME:
        return None
    best, best_distance = None, sys.maxsize
    for candidate in candidates:
        if candidate == name or type(candidate) is not str:
            continue
        limit = (len(candidate) + len(name) + 3) * MOVE_COST // 6
        distance = edit_distance(name, candidate, min(limit, best_distance - 1))
        if distance <= min(limit, best_distance - 1):
            best, best_distance = candidate, distance
    return best


def substitution_cost(one, other):
    """What it costs to have one letter for another."""
    if one == other:
        return 0
    return CASE_COST if one.lower() == other.lower() else MOVE_COST


def edit_distance(one, other, limit):
    """How different two names are, if no more than `limit`; otherwise something larger."""
    if one == other:
        return 0
    if abs(len(one) - len(other)) * MOVE_COST > limit:
        return limit + 1
    row = [MOVE_COST * (index + 1) for index in range(len(one))]
    result = 0
    for position, letter in enumerate(other):
        diagonal = result = position * MOVE_COST
        smallest = sys.maxsize
        for index, each in enumerate(one):
            substitute = diagonal + substitution_cost(letter, each)
            diagonal = row[index]
            result = min(min(result, diagonal) + MOVE_COST, substitute)
            row[index] = result
            smallest = min(smallest, result)
        if smallest > limit:
            return limit + 1
    return result
