"""The end of a context that nothing runs in: what Python does at its own end, but for waiting for threads."""

import gc
import sys
from _io import BufferedRandom, BufferedWriter, TextIOWrapper
from atexit import _run_exitfuncs as run_exit_functions

from ..processes import leave

FILES = (TextIOWrapper, BufferedWriter, BufferedRandom)


def end():
    """Runs the functions of `atexit`, flushes files, and exits."""
    for action in (run_exit_functions, flush_files):
        try:
            action()
        except BaseException:  # there is nobody left to hear of it
            pass
    leave(0)


def flush_files():
    """Writes what open files hold back, those of text first, as they hand it on to the others."""
    standard = (sys.__stdin__, sys.__stdout__, sys.__stderr__)
    files = [
        one for one in gc.get_objects() if issubclass(type(one), FILES) and all(one is not other for other in standard)
    ]
    files.sort(key=lambda file: not issubclass(type(file), TextIOWrapper))
    for file in files:
        try:
            file.flush()
        except BaseException:  # it is closed, or user code's own
            pass
