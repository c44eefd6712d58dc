"""Errors whose reason lies in the sandbox end with a line that says so."""

import subprocess

import pytest
from host import Worker

NETWORK = "--network host"


@pytest.fixture
def offline(python, tmp_path):
    """A worker that was told that there is no network."""
    worker = Worker(python, tmp_path, {"CODECELL_NETWORK": "off"})
    yield worker
    worker.close()


UNREACHABLE = [
    "import urllib.request\nurllib.request.urlopen('http://nothing.invalid/')",
    "import socket\nsocket.getaddrinfo('nothing.invalid', 80)",
    "raise OSError(101, 'Network is unreachable')",
    "try: raise OSError(101, 'Network is unreachable')\nexcept OSError as e: raise ValueError('no data') from e",
    "class Reason(Exception):\n    reason = OSError(113, 'No route to host')\nraise Reason",
    "def connect(): raise PermissionError(13, 'Permission denied')\ndef f(s): s.connect()\nclass S: connect = staticmethod(connect)\nsocket = S\ndef g():\n    raise PermissionError(1, 'x')\n    socket.connect\ng()",
]
OTHER = [
    "1/0",
    "open('/nothing/there')",
    "raise PermissionError(13, 'Permission denied')",
    "import os\nos.kill(1, 99)",
    "raise TimeoutError('slow')",
]


def test_errors_of_the_network_name_the_option(offline):
    for code in UNREACHABLE:
        traceback = offline.run(code).traceback()
        assert traceback.count(NETWORK) == 1 and NETWORK in traceback.splitlines()[-1], code
    for code in OTHER:
        assert NETWORK not in offline.run(code).traceback(), code
    assert offline.run("import os\nprint('CODECELL_NETWORK' in os.environ)").success() == "False\n"


def test_with_a_network_they_are_as_python_has_them(worker):
    for code in UNREACHABLE:
        assert NETWORK not in worker.run(code).traceback(), code


def test_pip_is_known(offline):
    rows = [
        ("subprocess.run([sys.executable, '-c', 'pass', '-m', 'pip', 'install', 'x'])", 1),
        ("subprocess.run(['true', 'pip', 'install', 'x'])", 1),
        ("os.system('true; pip3 -q install x')", 1),
        ("subprocess.run('true /usr/bin/pip3.11 download x', shell=True)", 1),
        ("subprocess.run(['true', 'pip', 'list'])", 0),
        ("os.system('true pipx install x')", 0),
        ("os.system('true')", 0),
    ]
    for code, count in rows:
        outcome = offline.run("import os, subprocess, sys\n" + code)
        assert outcome.stderr.count(NETWORK) == count, code


def test_a_debugger_without_answers_says_who_is_missing(worker):
    traceback = worker.run("breakpoint()\nx = 1").traceback()
    assert "onInput" in traceback.splitlines()[-1]


def test_executors_refuse_what_their_processes_lack(worker):
    code = """import concurrent.futures as c, multiprocessing
def f(x): return x
class C: pass
pool = c.ProcessPoolExecutor(1, mp_context=multiprocessing.get_context('%s'))
%s"""
    for call in ["pool.submit(f, 1).result()", "list(pool.map(f, [1]))", "pool.submit(C)"]:
        error = worker.run(code % ("spawn", call)).error
        assert error[0] == "TypeError" and "fork" in error[1], error
    assert worker.run(code % ("spawn", "print(pool.submit(abs, -1).result())")).success() == "1\n"
    assert (
        worker.run(code % ("fork", "print(pool.submit(f, 1).result(), list(pool.map(f, [2])))")).success() == "1 [2]\n"
    )


PACKAGES = [
    ("import nothing_here", "if nothing_here is a package from PyPI", "nothing_here"),
    ("import nothing_here.part", "if nothing_here is a package from PyPI", "nothing_here"),
    (
        "import importlib\nimportlib.import_module('nothing_here')",
        "if nothing_here is a package from PyPI",
        "nothing_here",
    ),
    # A module of the name may be installed where the tests run.
    ("raise ModuleNotFoundError(name='cv2')", "if cv2 is the package opencv-python from PyPI", "opencv-python"),
    ("raise ModuleNotFoundError(name='yaml')", "if yaml is the package PyYAML from PyPI", "PyYAML"),
]
NO_PACKAGES = [
    "import json.nothing",
    "import _nothing_here",
    "from json import nothing",
    "raise ModuleNotFoundError('by hand')",
    "raise ModuleNotFoundError(name='two words; here')",
    "raise ModuleNotFoundError(name=1)",
    "raise ModuleNotFoundError(name='_tkinter')",
    "try: import nothing_here\nexcept ImportError: raise ValueError('no plots') from None",
]


def test_a_missing_package_is_named_with_the_command_that_installs_it(offline, worker):
    python = offline.run("import sys\nprint(sys.executable)").stdout.strip()
    for code, reason, package in PACKAGES:
        text, hint = offline.run(code).traceback()[:-1].rsplit("\n", 1)
        assert text.rsplit("\n", 1)[-1].startswith("ModuleNotFoundError"), text
        assert hint.startswith("codecell: " + reason), hint
        assert hint.endswith(", then run again: %s -m pip install %s" % (python, package)), hint
        # With the network, a cell can install it.
        assert "run `%%pip install %s` in a cell" % package in worker.run(code).traceback(), code
    for code in NO_PACKAGES:
        assert "codecell:" not in offline.run(code).traceback(), code


def test_code_does_not_change_which_python_is_named(offline):
    python = offline.run("import sys\nprint(sys.executable)").stdout.strip()
    offline.run("import sys\nsys.executable = '/elsewhere'").success()
    assert "%s -m pip" % python in offline.run("import nothing_here").traceback()


def test_an_environment_in_the_workspace_is_not_named_by_its_path(python, tmp_path):
    subprocess.run([python, "-m", "venv", "--without-pip", str(tmp_path / "venv")], check=True)
    worker = Worker(str(tmp_path / "venv/bin/python"), tmp_path, {"CODECELL_NETWORK": "off"})
    hint = worker.run("import nothing_here").traceback().splitlines()[-1]
    worker.close()
    assert "(--venv)" in hint and str(tmp_path) not in hint, hint
