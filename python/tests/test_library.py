"""What our code needs of the standard library, user code can neither shadow, nor patch, nor take away."""

import pytest

SHADOWS = [
    "token",
    "types",
    "traceback",
    "linecache",
    "tokenize",
    "re",
    "enum",
    "keyword",
    "textwrap",
    "contextlib",
    "collections",
    "functools",
    "codecell",
]


@pytest.mark.parametrize("name", SHADOWS)
def test_a_module_of_the_users_does_not_cost_the_traceback(worker, name):
    worker.run("open('%s.py', 'w').write('T = 1')" % name).success()
    traceback = worker.run("def f(): return 1/0\nf()").traceback()
    assert "line 1, in f" in traceback and "return 1/0" in traceback
    worker.run("import os; os.remove('%s.py')" % name).success()
    assert "line 1, in f" in worker.run("f()").traceback()


PATCHES = [
    "import sys; sys.path.clear()",
    "import sys; sys.meta_path.clear()",
    "import sys; sys.path_hooks.clear(); sys.path_importer_cache.clear()",
    "import traceback\nfor name in list(vars(traceback)):\n    if name[0] != '_': delattr(traceback, name)",
    "import traceback, linecache\ntraceback.format_exception = linecache.getline = None",
    "import builtins\nbuiltins.len = builtins.isinstance = builtins.getattr = None",
    "import builtins\nfor name in ('open', 'str', 'issubclass', 'len'): delattr(builtins, name)",
    "import os\nos.getpid = os.read = os.write = os.getcwd = None",
    "import select\ndel select.poll",
    "import select, os, fcntl, struct, posix\nfor one in (select, fcntl, struct):\n    for name in list(vars(one)):\n        if name[0] != '_': delattr(one, name)",
    "import posix\nposix.read = posix.write = posix.getpid = posix._exit = None",
    "import signal, _signal\n_signal.signal = signal.signal = None",
    "import _thread\n_thread.allocate_lock = _thread.get_ident = _thread.RLock = _thread.start_new_thread = None",
    "import sys\nfor name in list(sys.modules):\n    if name not in ('sys', 'builtins', '__main__'): del sys.modules[name]",
    "import io\nio.TextIOWrapper = io.FileIO = io.BufferedWriter = None",
    "import sys\nsys._getframe = sys.exc_info = sys.settrace = sys.setprofile = None",
    "import sys\nsys.excepthook = sys.__excepthook__ = None",
    "import warnings\nwarnings.warn = None",
    "import os\nos.environ = None",
    "import functools, itertools\nfunctools.partial = itertools.starmap = None",
    "import gc\ngc.disable()",
    "import threading\nthreading.Thread = threading.Lock = None",
]


@pytest.mark.parametrize("patch", PATCHES)
def test_a_patched_library_costs_no_later_run(worker, patch):
    worker.run("def f(): return 1/0").success()
    worker.run(patch)
    traceback = worker.run("f()").traceback()
    assert "in f" in traceback and "ZeroDivisionError: division by zero" in traceback, traceback
    assert worker.run("import sys\nsys.stdout.write('on')").stdout == "on"


def test_no_descriptor_left_does_not_cost_the_traceback(worker):
    worker.run("def f(): return 1/0").success()
    worker.run("import os\ntry:\n    while True: os.dup(1)\nexcept OSError: pass")
    traceback = worker.run("f()").traceback()
    assert "line 1, in f" in traceback and "return 1/0" in traceback


def test_a_users_asyncio_does_not_cost_top_level_await(worker):
    worker.run("open('asyncio.py', 'w').write('T = 1')").success()
    code = "class Now:\n    def __await__(self):\n        return 5\n        yield\nprint(await Now())"
    assert worker.run(code).success() == "5\n"
    assert worker.run("import asyncio\nprint(asyncio.T)").success() == "1\n"


def test_a_users_package_of_our_name_is_imported(worker):
    code = "import os\nos.mkdir('codecell')\nopen('codecell/__init__.py', 'w').write('mine = 1')\nopen('codecell/streams.py', 'w').write('mine = 2')"
    worker.run(code).success()
    assert worker.run("import codecell.streams\nprint(codecell.mine, codecell.streams.mine)").success() == "1 2\n"
