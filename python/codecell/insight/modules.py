"""Modules that can be imported, without importing them."""

import os
import sys

from .values import get_module_dict

MOST_ENTRIES = 2000


def top_level(budget):
    """Their names."""
    names = {name.partition(".")[0] for name in list(sys.modules) if type(name) is str}
    names.update(sys.builtin_module_names)
    names.update(getattr(sys, "stdlib_module_names", ()))
    for directory in list(sys.path):
        if type(directory) is str:
            names.update(in_directory(directory or ".", budget))
    return {name for name in names if name.isidentifier()}


def submodules(package, budget):
    """The names of the modules in a package: a list of its names from the outermost."""
    names = set()
    for directory in directories(package):
        names.update(in_directory(directory, budget))
    prefix = ".".join(package) + "."
    names.update(name[len(prefix) :].partition(".")[0] for name in list(sys.modules) if str(name).startswith(prefix))
    return {name for name in names if name.isidentifier()}


def directories(package):
    """Where a package's modules are."""
    module = sys.modules.get(".".join(package))
    if type(module) is type(sys):
        path = get_module_dict(module).get("__path__")
        return [one for one in path if type(one) is str] if type(path) is list else []
    return [os.path.join(one or ".", *package) for one in list(sys.path) if type(one) is str]


def in_directory(directory, budget):
    """Names of the modules and packages that a directory has."""
    names = set()
    try:
        with os.scandir(directory) as entries:
            for count, entry in enumerate(entries):
                if count == MOST_ENTRIES or budget.is_over():
                    break
                name, dot, ending = entry.name.partition(".")
                if not name.isidentifier() or name == "__pycache__":
                    continue
                if (not dot and entry.is_dir()) or ending == "py" or ending.endswith(("so", "pyd")):
                    names.add(name)
    except (OSError, ValueError):
        pass
    return names
