"""Modules of ours that user code can import: where there is no other of that name, or only one that can't work here."""

from _frozen_importlib import ModuleSpec

from ..after_import import find_by_others


class StandIns:
    """A finder, the last one. `first` are names that ours replace, where the standard library has the other."""

    def __init__(self, sys, is_of_library):
        self.sys = sys
        self.is_of_library = is_of_library
        self.builders = {}  # name -> a function that fills the module
        self.packages = set()
        self.first = Replacements(self)

    def add(self, name, build, is_package=False, replaces=False):
        """Has `build(module)` fill the module of this name."""
        self.builders[name] = build
        if is_package:
            self.packages.add(name)
        if replaces:
            self.first.names.add(name)

    def install(self):
        """Puts the finders in place."""
        self.sys.meta_path.insert(0, self.first)
        self.sys.meta_path.append(self)

    def find_spec(self, name, path=None, target=None):
        return self.spec(name) if name in self.builders else None

    def spec(self, name):
        """The spec of one of our modules."""
        return ModuleSpec(name, self, origin="codecell", is_package=name in self.packages)  # pyright: ignore[reportArgumentType]

    def create_module(self, spec):
        return None

    def exec_module(self, module):
        self.builders[module.__name__](module)


class Replacements:
    """A finder that prefers ours to those of the standard library."""

    def __init__(self, standins: StandIns):
        self.standins = standins
        self.names = set()

    def find_spec(self, name, path=None, target=None):
        if name not in self.names:
            return None
        spec = find_by_others(self, name, path, target)
        if spec is None or spec.loader is self.standins or self.standins.is_of_library(name, spec.origin):
            return self.standins.spec(name)
        return spec
