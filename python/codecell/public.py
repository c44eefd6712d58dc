"""Modules of the standard library that user code shares with us."""

import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from .importer import Importer


LIBRARY = os.path.dirname(os.__file__)


class PublicLibrary:
    """Loads them from the standard library, whatever is in the working directory."""

    def __init__(self, importer: "Importer", warn):
        self.importer = importer
        self.warn = warn

    def load_asyncio(self) -> "Any":
        """The library's `asyncio`, also where user code has a module of that name: then nobody else sees this one."""
        load = self.importer.public_import
        try:
            module = load("asyncio")
            if module.__file__ == LIBRARY + "/asyncio/__init__.py":
                return module
        except BaseException:
            pass
        theirs = {name: module for name, module in sys.modules.items() if name.partition(".")[0] == "asyncio"}
        try:
            for name in theirs:
                del sys.modules[name]
            return self.load("asyncio", lambda module: module.new_event_loop().close())  # has it load the rest
        finally:
            for name in [name for name in sys.modules if name.partition(".")[0] == "asyncio"]:
                del sys.modules[name]
            sys.modules.update(theirs)

    def load(self, name, use=lambda module: None):
        """A module of the library for user code as well, whatever is in the working directory; `use` may load more."""
        path = sys.path
        try:
            sys.path = list(self.importer.library.directories)
            module = self.importer.public_import(name)
            use(module)
            return module
        except BaseException as error:
            if name == "asyncio":
                raise
            self.warn("the module %s can't be loaded: %s" % (name, error))
            return None
        finally:
            sys.path = path
