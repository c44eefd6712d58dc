"""Takes a question, gives the answer as JSON."""

from _json import encode_basestring_ascii
from time import monotonic

from ..frames import units
from .text import characters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..sources import Sources


COMPLETE, INSPECT, VARIABLES = range(1, 4)
# How long one answer may take. At the end of it, the answer is what was found so far.
SECONDS = 0.02
# Characters of JSON: an answer has to fit into a pipe at once.
LONGEST_ANSWER = 60_000


class Budget:
    """The time that one answer may take."""

    def __init__(self, seconds=SECONDS):
        self.end = monotonic() + seconds

    def is_over(self):
        """Whether it is used up."""
        return monotonic() > self.end


def answer(kind: int, code: str, offset: int, namespace: dict, sources: "Sources") -> str:
    """The answer to a question about code at an offset in UTF-16 units, as JSON; `null` where there is none. Never raises."""
    for _ in range(3):
        try:
            return fitting(found(kind, code, offset, namespace, sources))
        except RuntimeError:  # a dictionary has changed meanwhile
            continue
        except Exception:
            break
    return "null"


def found(kind, code, offset, namespace, sources):
    """The answer, as an object. Its time begins when what it needs is loaded."""
    if kind == VARIABLES:
        from .variables import variables

        return variables(namespace, Budget())
    index = characters(code, offset)
    if kind == COMPLETE:
        from .complete import complete

        start, end, items = complete(code, index, namespace, Budget())
        return {"from": units(code[:start]), "to": units(code[:end]), "items": items}
    from .describe import describe

    described = describe(code, index, namespace, sources, Budget())
    if described is None:
        return None
    start, end, said = described
    return {"from": units(code[:start]), "to": units(code[:end]), **said}


def fitting(answer):
    """An answer as JSON, without what makes it too long."""
    text = json(answer)
    if answer is None or len(text) <= LONGEST_ANSWER:
        return text
    for name in ("items", "variables"):
        while len(text) > LONGEST_ANSWER and answer.get(name):
            del answer[name][len(answer[name]) // 2 :]
            answer["truncated"] = True
            text = json(answer)
    if len(text) > LONGEST_ANSWER:
        answer.pop("source", None)
        text = json(answer)
    return text if len(text) <= LONGEST_ANSWER else "null"


def json(value) -> str:
    """A value of an answer as JSON. The module `json` can't be used: it must not be loaded while user code runs."""
    if value is None:
        return "null"
    if value is True or value is False:
        return "true" if value else "false"
    if type(value) is str:
        return encode_basestring_ascii(value)
    if type(value) is int:
        return str(value)
    if type(value) is dict:
        return "{%s}" % ",".join("%s:%s" % (json(key), json(one)) for key, one in value.items())
    return "[%s]" % ",".join(map(json, value))
