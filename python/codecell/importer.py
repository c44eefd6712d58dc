"""Loads this package from marshalled code, and the standard library for it, out of reach of user code.

Our modules are not in `sys.modules` and no finder knows them, so a user's own package named `codecell` works, and user
code cannot shadow, reload or replace ours. They have a copy of the builtins of their own, whose `__import__` leads here.

Once user code may run (`seal`), a module of the standard library that is not loaded yet is loaded from the standard
library's own directory into a table of its own, whatever the working directory, `sys.path` or `sys.modules` have.
"""

import builtins
import marshal
import sys
from _frozen_importlib import ModuleSpec
from _imp import create_builtin, create_dynamic, exec_builtin, exec_dynamic
from _imp import is_builtin as is_built_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .library import Library


PACKAGE = "codecell"
MODULE = type(sys)
# Modules in Python of which the library gets a copy, as of those in C: user code changes its own.
COPIED = {"abc", "codecs", "io", "os", "posixpath", "stat"}


class Importer:
    """A table of modules that only our own code sees."""

    library: "Library"  # once it is sealed

    def __init__(self, programs: "dict[str, Any]", directories=None):
        self.programs = programs  # module name -> marshalled code, or source text where a host does not know its Python
        self.modules: "dict[str, Any]" = {}
        # (name, the user's module of that name) while the standard library's is loaded in its place
        self.hidden: "list[tuple[str, Any]]" = []
        self.is_sealed = False
        self.builtins = dict(vars(builtins))
        self.directories = directories or [directory for directory in sys.path if directory.startswith("/")]
        self.builtins["__import__"] = self.import_name
        self.public_import = builtins.__import__

    def owns(self, frame):
        """Whether a frame is of our own code, or of the standard library's code that runs for it."""
        return frame.f_builtins is self.builtins

    def seal(self):
        """From now on user code may run. What the library needs of the modules that are loaded is copied."""
        self.library = self.load(PACKAGE + ".library").Library(self.directories)
        self.library.reserve()
        for name in list(self.modules):
            if not name.startswith(PACKAGE):
                del self.modules[name]  # our modules have what they need of it
        for name, module in list(sys.modules.items()):
            if name in COPIED or is_built_in(name):
                copy = MODULE(name)
                copy.__dict__.update(vars(module))
                self.modules[name] = copy
        self.modules["builtins"].__dict__["__import__"] = self.import_name
        self.is_sealed = True

    def import_name(self, name: str, globals: "Any" = None, locals=None, fromlist=(), level=0):
        """What an `import` statement of our code calls."""
        if level:
            parts = globals["__package__"].split(".")
            parts = parts[: len(parts) - level + 1]
            name = ".".join([*parts, name] if name else parts)
        module = self.load(name)
        if not fromlist:
            return module if level else self.load(name.partition(".")[0])
        for wanted in fromlist:
            if not hasattr(module, wanted) and hasattr(module, "__path__"):
                try:
                    self.load(name + "." + wanted)
                except ModuleNotFoundError:
                    pass  # IMPORT_FROM says it better
        return module

    def load(self, name: str) -> "Any":
        """The module of this name."""
        module = self.modules.get(name)
        if module is not None:
            return module
        parent = name.rpartition(".")[0]
        if parent:
            package = self.load(parent)
            # The parent may have imported it, or have put another module in its place, as `collections` and `os` do.
            module = self.modules.get(name) or vars(package).get(name.rpartition(".")[2])
            if type(module) is MODULE:
                self.modules[name] = module
                return module
        if name in self.programs:
            module = self.load_own(name)
        elif not self.is_sealed:
            self.public_import(name)
            module = self.modules[name] = sys.modules[name]
        else:
            module = self.load_library(name)
        if parent:
            setattr(self.modules[parent], name.rpartition(".")[2], module)
        return module

    def load_own(self, name):
        """A module of this package."""
        is_package = any(other.startswith(name + ".") for other in self.programs)
        module = MODULE(name)
        module.__package__ = name if is_package else name.rpartition(".")[0]
        if is_package:
            module.__path__ = []
        module.__builtins__ = self.builtins
        module.importer = self
        self.modules[name] = module
        try:
            exec(self.code(name), module.__dict__)
        except BaseException:
            del self.modules[name]
            raise
        self.programs[name] = None  # it is loaded once, and takes memory
        return module

    def code(self, name):
        """The code of a module of this package."""
        program = self.programs[name]
        if type(program) is str:
            return compile(program, "<%s>" % name, "exec", 0, True, 2)
        if program.startswith(b"z"):
            program = self.load("zlib").decompress(program[1:])
        return marshal.loads(program)

    def load_library(self, name):
        """A module of the standard library that nobody had imported before user code ran."""
        found = None if is_built_in(name) else self.library.find(name, self.modules)
        if found is None:
            module = self.modules[name] = self.load_extension(name)
            return module
        code, path = found
        module = MODULE(name)
        module.__file__ = code.co_filename
        module.__package__ = name.rpartition(".")[0] if path is None else name
        if path is not None:
            module.__path__ = path
        module.__builtins__ = self.builtins
        self.modules[name] = module
        # While it is loaded a module may look up itself and those that it has imported, as `re` and `dataclasses` do, or put
        # another in its place, as `collections.abc` does.
        is_outermost = not self.hidden
        self.hidden.append((name, sys.modules.get(name)))
        sys.modules[name] = module
        try:
            exec(code, module.__dict__)
            module = self.modules[name] = sys.modules.get(name, module)
        except BaseException:
            del self.modules[name]
            raise
        finally:
            if is_outermost:
                self.show_hidden()
        return module

    def show_hidden(self):
        """Has `sys.modules` as it was."""
        while self.hidden:
            name, public = self.hidden.pop()
            if public is None:
                sys.modules.pop(name, None)
            else:
                sys.modules[name] = public

    def load_extension(self, name):
        """A module in C, of which there may be one in a process."""
        if name not in sys.modules:
            path = "built-in" if is_built_in(name) else self.library.find_extension(name)
            if path is None:
                raise ModuleNotFoundError("the standard library has no module named %r" % name, name=name)
            spec = ModuleSpec(name, None, origin=path)
            create, execute = (create_builtin, exec_builtin) if is_built_in(name) else (create_dynamic, exec_dynamic)
            module = create(spec)
            module.__spec__ = spec
            sys.modules[name] = module
            execute(module)
        return sys.modules[name]


def start(programs, directories=None):
    """An importer of these programs, with the directories of the standard library where `sys.path` has others too."""
    return Importer(programs, directories)
