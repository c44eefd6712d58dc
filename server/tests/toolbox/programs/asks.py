"""What a program can ask of its Python and of where it runs: one line of JSON, the answers by name."""

import asyncio
import atexit
import builtins
import faulthandler
import gc
import getpass
import inspect
import json
import locale
import multiprocessing
import os
import resource
import shutil
import signal
import site
import subprocess
import sys
import tempfile
import threading
import time
import warnings


def stack():
    return [frame.function for frame in inspect.stack()][2:]


def kind(thing):
    return type(thing).__name__


QUESTIONS = {
    "__main__": lambda: sorted(set(vars(sys.modules["__main__"])) - set(globals()) | {n for n in globals() if n[:2] == "__"}),
    "__name__": lambda: __name__,
    "__doc__": lambda: __doc__,
    "__spec__": lambda: __spec__,
    "__package__": lambda: __package__,
    "__loader__": lambda: kind(__loader__),
    "__file__": lambda: __file__,
    "__debug__": lambda: __debug__,
    "__builtins__": lambda: __builtins__ is builtins,
    "sys.argv": lambda: sys.argv,
    "sys.orig_argv": lambda: len(sys.orig_argv) if sys.version_info >= (3, 10) else 1,
    "sys.flags": lambda: sys.flags,
    "sys.executable": lambda: sys.executable,
    "sys.prefix": lambda: (sys.prefix, sys.exec_prefix, sys.base_prefix),
    "sys.path[0]": lambda: sys.path[0],
    "sys.path[1:]": lambda: sys.path[1:],
    "sys.meta_path": lambda: len(sys.meta_path),
    "sys.path_hooks": lambda: len(sys.path_hooks),
    "sys.warnoptions": lambda: sys.warnoptions,
    "sys._xoptions": lambda: sys._xoptions,
    "sys.dont_write_bytecode": lambda: sys.dont_write_bytecode,
    "sys.getrecursionlimit": lambda: sys.getrecursionlimit(),
    "sys.getswitchinterval": lambda: sys.getswitchinterval(),
    "sys.getdefaultencoding": lambda: sys.getdefaultencoding(),
    "sys.getfilesystemencoding": lambda: (sys.getfilesystemencoding(), sys.getfilesystemencodeerrors()),
    "sys.gettrace": lambda: (sys.gettrace(), sys.getprofile()),
    "sys.excepthook": lambda: (sys.excepthook is sys.__excepthook__, sys.excepthook.__name__),
    "sys.unraisablehook": lambda: (sys.unraisablehook is sys.__unraisablehook__, sys.unraisablehook.__name__),
    "sys.displayhook": lambda: sys.displayhook is sys.__displayhook__,
    "sys.breakpointhook": lambda: sys.breakpointhook is sys.__breakpointhook__,
    "sys.last_value": lambda: hasattr(sys, "last_value"),
    "sys.ps1": lambda: hasattr(sys, "ps1"),
    "os.getcwd": lambda: os.getcwd() == os.path.realpath(os.getcwd()),
    "os.environ": lambda: sorted(os.environ),
    "os.umask": lambda: (os.umask(0o22), os.umask(0o22)),
    "os.cpu_count": lambda: os.cpu_count(),
    "os.sched_getaffinity": lambda: len(os.sched_getaffinity(0)),
    "os.get_terminal_size": lambda: os.get_terminal_size(),
    "os.isatty": lambda: [os.isatty(descriptor) for descriptor in range(3)],
    "os.getpgid": lambda: os.getpgid(0) == os.getpid(),
    "os.nice": lambda: os.nice(0),
    "os.write": lambda: (kind(os.write), os.write.__name__),
    "os.dup2": lambda: (kind(os.dup2), os.dup2.__name__),
    "os.fork": lambda: (kind(os.fork), os.fork.__name__),
    "open descriptors": lambda: sorted(set(map(int, os.listdir("/proc/self/fd"))) - {3, 4, 5}),
    "resource.RLIMIT_CORE": lambda: resource.getrlimit(resource.RLIMIT_CORE)[0],
    "signal.SIGINT": lambda: signal.getsignal(signal.SIGINT) is signal.default_int_handler,
    "signal.SIGPIPE": lambda: signal.getsignal(signal.SIGPIPE),
    "signal.SIGTERM": lambda: signal.getsignal(signal.SIGTERM),
    "signal.SIGURG": lambda: signal.getsignal(signal.SIGURG) is signal.SIG_DFL,
    "signal.pthread_sigmask": lambda: signal.pthread_sigmask(signal.SIG_BLOCK, ()),
    "faulthandler.is_enabled": lambda: faulthandler.is_enabled(),
    "threading.active_count": lambda: threading.active_count(),
    "threading.main_thread": lambda: threading.main_thread() is threading.current_thread(),
    "threading.excepthook": lambda: (threading.excepthook is getattr(threading, "__excepthook__", threading.excepthook), threading.excepthook.__name__),
    "multiprocessing.get_start_method": lambda: multiprocessing.get_start_method(),
    "multiprocessing.cpu_count": lambda: multiprocessing.cpu_count(),
    "multiprocessing.current_process": lambda: multiprocessing.current_process().name,
    "subprocess._args_from_interpreter_flags": lambda: subprocess._args_from_interpreter_flags(),
    "subprocess.run": lambda: subprocess.run([sys.executable, "-c", "import sys; print(sys.flags)"], stdout=-1).stdout,
    "shutil.get_terminal_size": lambda: tuple(shutil.get_terminal_size()),
    "shutil.which": lambda: shutil.which("python3") is not None,
    "inspect.stack": lambda: stack(),
    "inspect.currentframe": lambda: inspect.currentframe().f_code.co_name,
    "site.ENABLE_USER_SITE": lambda: site.ENABLE_USER_SITE,
    "tempfile.gettempdir": lambda: os.access(tempfile.gettempdir(), os.W_OK),
    "getpass.getuser": lambda: getpass.getuser(),
    "getpass.getpass": lambda: getpass.getpass.__name__,
    "locale.getlocale": lambda: (locale.getlocale(), locale.getpreferredencoding(False)),
    "time.tzname": lambda: time.tzname,
    "gc": lambda: (gc.isenabled(), gc.get_threshold(), gc.get_debug()),
    "warnings.filters": lambda: len(warnings.filters),
    "atexit": lambda: kind(atexit.register),
    "asyncio": lambda: asyncio.get_running_loop(),
    "input": lambda: (kind(input), input.__name__),
    "print": lambda: kind(print),
    "open": lambda: open.__module__,
    "exit": lambda: kind(exit),
    "help": lambda: kind(help),
}
for name in ("stdin", "stdout", "stderr"):
    for attribute in ("name", "mode", "encoding", "errors", "newlines", "line_buffering", "write_through", "closed"):
        QUESTIONS["sys.%s.%s" % (name, attribute)] = lambda name=name, attribute=attribute: getattr(getattr(sys, name), attribute)
    for method in ("fileno", "isatty", "readable", "writable", "seekable"):
        QUESTIONS["sys.%s.%s" % (name, method)] = lambda name=name, method=method: getattr(getattr(sys, name), method)()
    QUESTIONS["sys.%s" % name] = lambda name=name: [
        repr(getattr(sys, name)),
        repr(getattr(sys, name).buffer),
        kind(getattr(sys, name).buffer.raw),
        getattr(sys, name) is getattr(sys, "__%s__" % name),
    ]

answers = {}
for name, question in QUESTIONS.items():
    try:
        answers[name] = repr(question())
    except BaseException as error:
        answers[name] = "%s: %s" % (type(error).__name__, error)
print(json.dumps(answers))
