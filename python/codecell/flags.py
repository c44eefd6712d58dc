"""What `sys` says of how Python was started: as an ordinary `python`, though a worker is started with options of its own.

Programs hand these on: `subprocess`, `multiprocessing` and others start further Pythons with the same options, and those
would not find installed packages.
"""

import sys

# What the worker's options (-I -S) have set.
OURS = {"isolated": 0, "ignore_environment": 0, "no_user_site": 0, "no_site": 0, "safe_path": False}


def pretend_ordinary():
    """Changes `sys.flags` and `sys.orig_argv`."""
    changed = {name: value for name, value in OURS.items() if hasattr(sys.flags, name)}
    replace = getattr(sys.flags, "__replace__", None)  # from Python 3.13 on
    sys.flags = imitation(sys.flags, changed) if replace is None else replace(**changed)
    if hasattr(sys, "orig_argv"):
        sys.orig_argv = [sys.executable]


def imitation(flags, changed):
    """Flags with other values, where no more of their own type can be made."""
    kind = type(flags)
    names = [name for name, member in vars(kind).items() if type(member).__name__ == "member_descriptor"]
    values = {name: changed.get(name, getattr(flags, name)) for name in names}
    # Some are no elements, and their order in the type's dictionary is that of the elements.
    elements = [values[name] for name in names[: kind.n_sequence_fields]]

    def show(self):
        return "sys.flags(%s)" % ", ".join("%s=%r" % (name, values[name]) for name in names[: len(self)])

    members = {name: property(lambda self, name=name: values[name], doc=getattr(kind, name).__doc__) for name in names}
    attributes = {
        **members,
        "__slots__": (),
        "__doc__": kind.__doc__,
        "__module__": "sys",
        "__repr__": show,
        "n_fields": kind.n_fields,
        "n_sequence_fields": kind.n_sequence_fields,
        "n_unnamed_fields": kind.n_unnamed_fields,
    }
    return type("flags", (tuple,), attributes)(elements)
