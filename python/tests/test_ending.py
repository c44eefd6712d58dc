"""What happens at the end of a context."""

import pytest

ENDINGS = [
    "import atexit\natexit.register(lambda: open('made', 'w').write('text'))",
    "file = open('made', 'w')\nfile.write('text')",
    "class Holder: pass\nholder = Holder()\nholder.itself = holder\nholder.file = open('made', 'w')\nholder.file.write('text')",
    "import io\nfile = io.BufferedWriter(io.FileIO('made', 'w'))\nfile.write(b'text')",
    "import atexit\nfile = open('made', 'w')\natexit.register(lambda: 1/0)\natexit.register(file.write, 'text')",
    "import atexit\nfile = open('made', 'w')\natexit.register(print, 'printed at the end' * 9000)\nfile.write('text')",
    "import logging.handlers\nlog = logging.getLogger()\nhandler = logging.handlers.MemoryHandler(99, target=logging.FileHandler('made'))\n"
    "handler.target.terminator = ''\nlog.addHandler(handler)\nlog.error('text')",
]


@pytest.mark.parametrize("code", ENDINGS)
def test_a_context_ends_as_python_ends(worker, tmp_path, code):
    worker.run(code).success()
    assert worker.end() == 0
    assert (tmp_path / "made").read_text() == "text"
