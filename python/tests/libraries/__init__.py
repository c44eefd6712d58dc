"""The libraries whose pictures are shown, from PyPI: installed once a machine, in the cache of the user."""

import fcntl
import hashlib
import os
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).resolve().parent


class NotInstalled(Exception):
    pass


def installed():
    """A Python of a virtual environment with them, and a folder with a real IPython."""
    lists = [HERE / "requirements.txt", HERE / "ipython.txt"]
    digest = hashlib.sha256(sys.version.encode() + b"".join(path.read_bytes() for path in lists)).hexdigest()[:16]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "codecell-tests"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / ("libraries-" + digest)
    with open(cache / "lock", "w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        if not (folder / "complete").exists():
            shutil.rmtree(folder, ignore_errors=True)
            try:
                install(folder, *lists)
            except subprocess.CalledProcessError as error:
                said = (error.stderr or b"").decode(errors="replace")[-2000:]
                raise NotInstalled("the libraries can't be installed: " + said) from error
    return str(folder / "venv/bin/python"), folder / "ipython"


def install(folder, libraries, ipython):
    """Installs them."""
    python = folder / "venv/bin/python"
    pip = [python, "-m", "pip", "install", "--quiet", "--disable-pip-version-check"]
    for command in (
        [sys.executable, "-m", "venv", folder / "venv"],
        [*pip, "--requirement", libraries],
        [*pip, "--target", folder / "ipython", "--requirement", ipython],
    ):
        subprocess.run(command, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE)
    (folder / "complete").touch()
