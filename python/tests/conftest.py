"""The tests run in the Python that runs them, or in those that `--python` names."""

import sys
from pathlib import Path

import pytest

sys.path.insert(0, str(Path(__file__).resolve().parent))
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from host import Worker  # noqa: E402


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
