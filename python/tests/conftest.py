"""The tests run in the Python that runs them, or in those that `--python` names."""

import os
import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from host import Worker  # noqa: E402
from libraries import NotInstalled, installed  # noqa: E402


def pytest_addoption(parser):
    """`--python PATH`, as often as you like."""
    parser.addoption("--python", action="append", default=[], help="run the worker in this Python")


def pytest_generate_tests(metafunc):
    """Each test in each Python."""
    if "python" in metafunc.fixturenames:
        pythons = metafunc.config.getoption("--python") or [sys.executable]
        metafunc.parametrize("python", pythons, scope="session")


@pytest.fixture
def worker(python, tmp_path):
    """A worker of each Python."""
    worker = Worker(python, tmp_path)
    yield worker
    worker.close()


@pytest.fixture(scope="session")
def libraries():
    """A Python with the libraries that show pictures, and the folder with a real IPython."""
    try:
        return installed()
    except NotInstalled as error:
        if os.environ.get("CI"):
            raise
        pytest.skip(str(error))


@pytest.fixture
def library_worker(libraries, tmp_path):
    """A worker that has the libraries, without IPython."""
    python, ipython = libraries
    worker = Worker(python, tmp_path, {"MPLCONFIGDIR": str(ipython.parent / "matplotlib")})
    yield worker
    worker.close()


@pytest.fixture(params=["without IPython", "with IPython"])
def either_worker(libraries, request, tmp_path):
    """A worker that has the libraries, without and with a real IPython."""
    python, ipython = libraries
    worker = Worker(python, tmp_path, {"MPLCONFIGDIR": str(ipython.parent / "matplotlib")})
    if request.param == "with IPython":
        worker.run("import sys; sys.path.append(%r)" % str(ipython)).success()
    yield worker
    worker.close()
