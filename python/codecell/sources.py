"""The text of cells, where tracebacks, `inspect`, warnings and debuggers look for it.

A cell's text is kept while code of it lives (a function or class that it has defined), and otherwise among the most
recent ones, for a class without methods.
"""

import os
from _functools import partial
from _weakref import ref

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import CodeType


CODE = type((lambda: None).__code__)
# Of cells with no living code, and of all others. Characters.
MOST_RECENT = 1 << 20
MOST_RECENT_CELLS = 256
MOST_LIVING = 32 << 20


class Sources:
    """Cells by file name. What people see of the newest name is `<stdin>`."""

    def __init__(self):
        self.count = 0
        self.recent: dict[str, str] = {}  # file name -> text, oldest first
        self.recent_size = 0
        self.living: dict[str, str] = {}  # the same of older cells whose code lives
        self.living_size = 0
        self.code: dict[str, set[ref[CodeType]]] = {}  # file name -> weak references to its code
        self.cells: dict[str, str] = {}  # file name -> id of the run, where it has one
        self.paths: dict[str, str] = {}  # file name -> where a file of this name would be
        self.public_linecache = None

    def __contains__(self, name):
        return name in self.recent or name in self.living

    def add(self, text: str, name="", cell=""):
        """Takes the next cell, with a file name of the caller's and the id of its run, if it has them; gives its file name."""
        self.count += 1
        if name:
            # As with a file that has changed: what an earlier version has defined shows the lines of the newest.
            self.drop(name)
        else:
            name = "<stdin %d>" % self.count
        if cell:
            self.cells[name] = cell
        self.recent[name] = text
        self.recent_size += len(text)
        while self.recent_size > MOST_RECENT or len(self.recent) > MOST_RECENT_CELLS:
            if len(self.recent) == 1:
                break
            self.retire(next(iter(self.recent)))
        self.show(name)
        return name

    def follow(self, name: str, code: "CodeType"):
        """Keeps a cell's text while any function or class body of this code lives."""
        references = set()
        forget = partial(self.forget, name)
        for inner in inner_code(code):
            references.add(ref(inner, forget))
        if references:
            self.code[name] = references

    def forget(self, name, reference):
        """A code object of a cell has gone."""
        references = self.code.get(name)
        if references is not None:
            references.discard(reference)
            if not references:
                del self.code[name]
                if name in self.living:
                    self.living_size -= len(self.living.pop(name))
                    self.hide(name)

    def drop(self, name):
        """Forgets the cell that had this file name."""
        self.code.pop(name, None)
        self.cells.pop(name, None)
        self.recent_size -= len(self.recent.pop(name, ""))
        self.living_size -= len(self.living.pop(name, ""))

    def is_current(self, code: "CodeType"):
        """Whether the text of this code's file name is its own: not that of a newer cell of the same name."""
        name = code.co_filename
        return name not in self or code.co_name == "<module>" or ref(code) in self.code.get(name, ())

    def retire(self, name):
        """A cell is not among the most recent any more."""
        text = self.recent.pop(name)
        self.recent_size -= len(text)
        if name not in self.code:
            self.hide(name)
            return
        self.living[name] = text
        self.living_size += len(text)
        while self.living_size > MOST_LIVING:
            oldest = next(iter(self.living))
            self.living_size -= len(self.living.pop(oldest))
            self.code.pop(oldest, None)
            self.hide(oldest)

    def text(self, name: str):
        """The text of a cell, or None."""
        text = self.recent.get(name)
        return self.living.get(name) if text is None else text

    def lines(self, name: str):
        """Its lines as Python counts them, or None."""
        text = self.text(name)
        return None if text is None else split_lines(text)

    def find_class(self, name):
        """The newest cell that defines a class of this name, or None."""
        for cells in (self.recent, self.living):
            for file_name in reversed(list(cells)):
                if "class " + name in cells[file_name]:
                    return file_name
        return None

    # What user code has as `linecache`

    def publish(self, linecache):
        """Shows all cells in this `linecache`, and later ones."""
        self.public_linecache = linecache
        for cells in (self.living, self.recent):
            for name in cells:
                self.show(name)

    def show(self, name):
        """Shows a cell in the user's `linecache`, if it is loaded."""
        cache = getattr(self.public_linecache, "cache", None)
        text = self.text(name)
        if type(cache) is dict and text is not None:
            cache[name] = (len(text), None, split_lines(text), name)
            path = path_of(name)
            if path:  # debuggers look there
                self.paths[name] = path
                cache[path] = cache[name]

    def hide(self, name):
        """Removes a cell from there."""
        cache = getattr(self.public_linecache, "cache", None)
        if type(cache) is dict:
            cache.pop(name, None)
            cache.pop(self.paths.pop(name, None), None)
        self.cells.pop(name, None)


def shown_name(name: str, newest: str):
    """The file name that people see: that of the newest cell without a name is `<stdin>`."""
    return "<stdin>" if name == newest and name.startswith("<stdin ") else name


def path_of(name: str):
    """Where a file with the name of a cell would be; None if there is one, or can't be one."""
    if name.startswith("<"):
        return None
    try:
        path = os.path.abspath(name)
        return None if os.path.exists(path) else path
    except (OSError, ValueError):  # the working directory is gone
        return None


def inner_code(code):
    """The code objects of the functions and class bodies in this code, at any depth."""
    pending = [code]
    while pending:
        for one in pending.pop().co_consts:
            if type(one) is CODE:
                pending.append(one)
                yield one


def split_lines(text: str):
    """Lines with their ends, as Python's tokenizer has them: not cut at form feeds or U+2028; the last one ends, too."""
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    last = lines.pop()
    lines = [line + "\n" for line in lines]
    if last:
        lines.append(last + "\n")
    return lines
