"""What may stand at the cursor."""

import builtins
import os
import sys

from . import modules
from .resolve import attribute_value, resolve
from .signatures import first_line, parameters, signature
from .text import Place, is_of_word, word_end, word_start
from .values import MISSING, Instance, class_name, kind_of, members

KEYWORDS = [
    "False",
    "None",
    "True",
    "and",
    "as",
    "assert",
    "async",
    "await",
    "break",
    "class",
    "continue",
    "def",
    "del",
    "elif",
    "else",
    "except",
    "finally",
    "for",
    "from",
    "global",
    "if",
    "import",
    "in",
    "is",
    "lambda",
    "nonlocal",
    "not",
    "or",
    "pass",
    "raise",
    "return",
    "try",
    "while",
    "with",
    "yield",
]
MOST_ITEMS = 200
# Characters of a label, of a detail, and of a string that may be a path.
LONGEST = 200
MOST_FILES = 2000


class Items:
    """The items of one answer: those that begin with the word, each name once."""

    def __init__(self, word: str, budget):
        self.word = word.casefold()
        self.budget = budget
        self.found = {}

    def wants(self, label):
        """Whether this label belongs in the answer and is not there yet."""
        is_match = type(label) is str and label.casefold().startswith(self.word)
        return is_match and label not in self.found and len(label) < LONGEST

    def add(self, label, kind, rank=0, **more):
        """Adds one; the first of a name counts. Those of a lower rank come first."""
        if self.wants(label):
            self.found[label] = {"label": label, "type": kind, "rank": rank, **more}

    def add_value(self, name, value, rank=0):
        """Adds a name and what it stands for."""
        if self.wants(name):
            self.add(name, kind_of(value), rank, value=value)

    def sorted(self):
        """The first of them, public names before others, each with a detail and a line of documentation where known."""
        items = list(self.found.values())
        items.sort(key=lambda item: (item["rank"], hidden(item["label"]), item["label"].casefold()))
        for item in items[:MOST_ITEMS]:
            del item["rank"]
            value = item.pop("value", MISSING)
            if value is not MISSING and not self.budget.is_over():
                item.update(said_of(item, value))
        return items[:MOST_ITEMS]


def hidden(name):
    """0 for a public name, 1 for a private one, 2 for one of Python's own."""
    return 2 if name.startswith("__") else int(name.startswith("_"))


def said_of(item, value):
    """A line about a value, and the first line of its documentation."""
    said = {}
    if item["type"] in ("function", "class"):
        detail = signature(value, item["label"])
        if detail:
            said["detail"] = detail[len(item["label"]) :][:LONGEST]
        info = first_line(value)
        if info:
            said["info"] = info
    elif item["type"] == "variable":
        said["detail"] = class_name(type(value))
    return said


def complete(code, offset, namespace, budget):
    """The items, and the part of the code that each of them may replace."""
    place = Place(code, offset)
    if place.is_comment:
        return offset, offset, []
    if place.string_start >= 0:
        return in_string(code, place.string_start, offset, budget)
    items = Items(place.word, budget)
    if not add_imports(items, place):
        path = place.path()
        before = code[place.start - 1 : place.start]
        if path or before == ".":
            value = resolve(path, namespace) if path else literal(code, place.start - 1)
            if value is not MISSING:
                add_attributes(items, value)
        elif not place.word[:1].isdigit():
            add_arguments(items, place, namespace)
            add_names(items, place, namespace)
    return place.start, offset, items.sorted()


def add_names(items, place, namespace):
    """Names of the namespace, of the code, of Python."""
    for name, value in list(namespace.items()):
        items.add_value(name, value)
    for name, value in list(vars(builtins).items()):
        items.add_value(name, value, 1)
    for name in KEYWORDS:
        items.add(name, "keyword", 1)
    if place.word:
        for word in words(place.code, place.start):
            items.add(word, "text", 2)


def words(code, without):
    """The words of code, but for that at an index."""
    found = set()
    for start in range(max(0, len(code) - 100_000), len(code)):
        is_start = code[start].isidentifier() and (not start or not is_of_word(code[start - 1]))
        if is_start and start != without:
            found.add(code[start : word_end(code, start + 1)])
    return found


def add_attributes(items, value):
    """The attributes of a value."""
    for each in members(value):
        for name in list(each):
            if items.wants(name):
                items.add_value(name, attribute_value(value, name))


def add_arguments(items, place, namespace):
    """The names of a call's arguments."""
    path = place.call()
    if path and place.begins_argument():
        function = resolve(path, namespace)
        for one in () if function is MISSING else parameters(function) or ():
            if one.is_keyword:
                items.add(one.name + "=", "property", -1, detail=one.shown[len(one.name) :])


def add_imports(items, place):
    """Modules and what is in them, where the line imports; whether it does."""
    line = place.before.lstrip()
    statement, _, rest = line.partition(" ")
    if statement not in ("import", "from") or (not rest and not line.endswith(" ")):
        return False
    package, has_import, names = rest.partition(" import")
    if statement == "from" and has_import:
        add_members(items, package.strip())
        return True
    if " " in rest.rpartition(",")[2].strip():
        return False
    path = rest.rpartition(",")[2].strip().split(".")[:-1]
    found = modules.submodules(path, items.budget) if path else modules.top_level(items.budget)
    for name in found:
        items.add(name, "namespace")
    return True


def add_members(items, name):
    """What can be imported from a module."""
    module = sys.modules.get(name)
    if type(module) is type(sys):
        add_attributes(items, module)
    for one in modules.submodules(name.split("."), items.budget):
        items.add(one, "namespace")


def literal(code, dot):
    """An instance of the class of a literal that ends before a dot."""
    last = code[dot - 1 : dot]
    if last and last in "'\"":
        return Instance(str)
    if last in ("]", "}"):
        opening = code.rfind("[" if last == "]" else "{", 0, dot)
        before = code[:opening].rstrip(" ")[-1:] if opening >= 0 else "x"
        if before in ("", "=", "(", ",", "\n", ":", "["):
            return Instance(list if last == "]" else dict)
    return MISSING


def in_string(code, start, offset, budget):
    """Files and folders, where a string may be the beginning of a path."""
    text = code[start:offset]
    directory, slash, word = text.rpartition("/")
    begin = offset - len(word)
    items = Items(word, budget)
    if "\n" in text or len(text) > LONGEST or (not slash and word_start(code, offset) == offset and word):
        return offset, offset, []
    try:
        with os.scandir((directory or slash) or ".") as entries:
            for count, entry in enumerate(entries):
                if count == MOST_FILES or budget.is_over():
                    break
                is_folder = entry.is_dir()
                if not entry.name.startswith(".") or word.startswith("."):
                    items.add(entry.name + "/" * is_folder, "folder" if is_folder else "file")
    except (OSError, ValueError):
        pass
    return begin, offset, items.sorted()
