"""One more line for errors whose reason lies in the sandbox or in what is installed, not in the code."""

import os
import sys
from errno import EACCES, EHOSTUNREACH, ENETDOWN, ENETUNREACH, EPERM

NETWORK_OFF = "codecell: the network is off in this sandbox; the toolbox's option `--network host` turns it on.\n"
NOBODY_TYPES = (
    "codecell: a debugger needs somebody who types commands, and runCode was called without onInput. "
    "Give it an onInput handler.\n"
)
NO_CELLS_IN_CHILDREN = (
    "codecell: a process that is started with 'spawn' or 'forkserver' does not have what cells define. "
    "Use the start method 'fork', or put the function into a module.\n"
)
UNREACHABLE = (ENETUNREACH, EHOSTUNREACH, ENETDOWN)
REFUSED = (EACCES, EPERM)
# What a function calls that fails with one of these because of the network.
SOCKET_CALLS = {"connect", "connect_ex", "sendto", "sendmsg", "socket", "bind", "create_connection", "sock_connect"}
MOST_ERRORS = 100

DOWNLOADING = {"install", "download", "index", "wheel"}

# As it was before code could change it.
PYTHON = sys.executable
HOME = os.environ.get("HOME", "")
# pip brings none of these. Python 3.9 does not list them.
STANDARD_LIBRARY = getattr(sys, "stdlib_module_names", frozenset(sys.builtin_module_names))
# Well-known modules whose package has another name.
PACKAGES = {
    "Crypto": "pycryptodome",
    "OpenSSL": "pyOpenSSL",
    "PIL": "pillow",
    "attr": "attrs",
    "bs4": "beautifulsoup4",
    "cv2": "opencv-python",
    "dateutil": "python-dateutil",
    "docx": "python-docx",
    "dotenv": "python-dotenv",
    "fitz": "PyMuPDF",
    "git": "GitPython",
    "jwt": "PyJWT",
    "pptx": "python-pptx",
    "serial": "pyserial",
    "skimage": "scikit-image",
    "sklearn": "scikit-learn",
    "yaml": "PyYAML",
}


def hint(error, accepts_stdin, has_network):
    """A line for the end of an error's traceback, or nothing."""
    if not accepts_stdin and is_of_debugger(error):
        return NOBODY_TYPES
    if type(error).__name__ == "BrokenProcessPool":
        context = sys.modules.get("multiprocessing.context")
        return NO_CELLS_IN_CHILDREN if context is not None else ""
    if not has_network and any(map(is_of_network, with_reasons(error))):
        return NETWORK_OFF
    return package_hint(error, has_network)


def package_hint(error, has_network):
    """What to do about a missing module, if it may be a package from PyPI. A misspelt module of the user's own looks the same."""
    name = error.name if issubclass(type(error), ModuleNotFoundError) else None
    # With a dot in the name, the package is there and lacks a part.
    if type(name) is not str or not name.isascii() or not name.isidentifier():
        return ""
    if name.startswith("_") or name in STANDARD_LIBRARY:
        return ""
    package = PACKAGES.get(name, name)
    which = "a package" if package == name else "the package %s" % package
    return "codecell: if %s is %s from PyPI, %s\n" % (name, which, how_to_install(package, has_network))


def how_to_install(package, has_network):
    """What somebody has to do who lacks a package."""
    if has_network:
        return "run `%%pip install %s` in a cell, then run again." % package
    if HOME and PYTHON.startswith(HOME + "/"):
        # The workspace may have another path outside of the sandbox.
        return (
            "install it in the toolbox's virtual environment (--venv), then run again: bin/python -m pip install "
            + package
        )
    import shlex

    command = "%s -m pip install %s" % (shlex.quote(PYTHON), package)
    return "install it for the Python that the toolbox uses, then run again: " + command


def is_of_debugger(error):
    """Whether `pdb` has ended the code: from Python 3.14 on it exits."""
    if type(error).__name__ == "BdbQuit":
        return True
    trace = error.__traceback__ if isinstance(error, SystemExit) else None
    while trace is not None:
        if trace.tb_frame.f_globals.get("__name__") == "pdb":
            return True
        trace = trace.tb_next
    return False


def with_reasons(error):
    """An error and those that led to it, or that it holds as its reasons."""
    pending, seen = [error], set()
    while pending and len(seen) < MOST_ERRORS:
        error = pending.pop()
        if id(error) in seen:
            continue
        seen.add(id(error))
        yield error
        reasons = (error.__cause__, error.__context__, getattr(error, "reason", None), *error.args)
        more = getattr(error, "exceptions", None)
        pending += [one for one in (*reasons, *(more or ())) if isinstance(one, BaseException)]


def is_of_network(error):
    """Whether the network was missing."""
    if not isinstance(error, OSError):
        return False
    if type(error).__name__ == "gaierror":
        return True
    if error.errno in UNREACHABLE:
        return True
    if error.errno not in REFUSED or error.filename is not None:
        return False
    trace = error.__traceback__
    while trace is not None and trace.tb_next is not None:
        trace = trace.tb_next
    return trace is not None and not SOCKET_CALLS.isdisjoint(trace.tb_frame.f_code.co_names)


def downloads(arguments):
    """Whether a command, as what `os.system` or `subprocess` start it with, is pip's for what is on the network."""
    for argument in arguments:
        if isinstance(argument, (list, tuple)):
            try:
                argument = " ".join(map(os.fsdecode, argument))
            except TypeError:
                continue
        elif isinstance(argument, bytes):
            argument = os.fsdecode(argument)
        if isinstance(argument, str) and is_pips(argument.replace(";", " ").replace("&", " ").split()):
            return True
    return False


def is_pips(words):
    """Whether a word is pip's name, as `pip3` or `/usr/bin/pip3.11`, and the first after it that is no option downloads."""
    for index, word in enumerate(words):
        name = word.rpartition("/")[2]
        if name.startswith("pip") and not name[3:].strip("0123456789."):
            for argument in words[index + 1 :]:
                if not argument.startswith("-"):
                    return argument in DOWNLOADING
    return False
