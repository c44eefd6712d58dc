# Executed in the worker of a stock toolbox, with the sources of the package by module name. Nothing is changed before `install` has
# loaded everything: an error here means that the run goes on without the agent.
import os
import sys
from time import monotonic


def install(name, programs):
    """The agent, as a module that `sys.modules` has under this name. `add` takes more programs, `run` runs code, `look_up` answers questions about names."""
    worker = sys.stdout.worker  # pyright: ignore[reportAttributeAccessIssue]  # an error: it is not the worker that we know
    module = getattr(worker, name, None)
    if module is None:
        begun = monotonic()
        library = os.path.dirname(os.__file__)
        directories = [one for one in sys.path if one.startswith(library) and "-packages" not in one]
        names = {"__name__": "codecell.importer", "__builtins__": dict(vars(sys.modules["builtins"]))}
        exec(compile(programs["codecell.importer"], "<codecell.importer>", "exec"), names)
        importer = names["start"](programs, directories)
        module = type(sys)(name)
        module.add = lambda more: (programs.update(more), module)[1]
        agent = importer.load("codecell.agent.agent").install(importer, begun)
        module.run, module.look_up = agent.run, agent.look_up
        # User code may remove it from `sys.modules`, but a process must not get it twice.
        setattr(worker, name, module)
    sys.modules[name] = module
    return module
