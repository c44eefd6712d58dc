"""Calls a function once user code has imported a module, without importing anything itself."""

import sys


class AfterImport:
    """A finder that lets the real ones find. `adapt(name, module)` is called for the modules of `by_module`, where `accepts` says so.

    The functions of `around` execute their module themselves: they get what does, and the module.
    """

    def __init__(self, by_module, adapt, accepts=lambda name, origin: True, around=None):
        self.by_module = by_module
        self.around = around or {}
        self.adapt = adapt
        self.accepts = accepts

    def install(self):
        """Adapts what is imported already, and the others once they are."""
        sys.meta_path.insert(0, self)
        for name in self.by_module:
            if name in sys.modules:
                self.adapt(name, sys.modules[name])

    def find_spec(self, name, path=None, target=None):
        if name not in self.by_module and name not in self.around:
            return None
        spec = find_by_others(self, name, path, target)
        if spec is not None and spec.loader is not None and self.accepts(name, spec.origin):
            execute = spec.loader.exec_module

            def exec_module(module):
                if name in self.around:
                    self.around[name](execute, module)
                else:
                    execute(module)
                if name in self.by_module:
                    self.adapt(name, module)

            spec.loader.exec_module = exec_module
        return spec


def find_by_others(finder, name, path=None, target=None):
    """What the other finders find."""
    for other in sys.meta_path:
        find = None if other is finder else getattr(other, "find_spec", None)
        spec = None if find is None else find(name, path, target)
        if spec is not None:
            return spec
    return None
