"""Errors look as `python file.py` shows them, in each Python: the same text, but for the file's name."""

import re
import subprocess

import pytest
from erroneous import PROGRAMS, PROGRAMS_310, PROGRAMS_311
from host import Worker


@pytest.fixture(scope="module")
def shared(python, tmp_path_factory):
    """One worker of each Python for all of these programs."""
    worker = Worker(python, tmp_path_factory.mktemp("cells"))
    version = worker.run("import sys; print(*sys.version_info[:2])").success().split()
    worker.version = tuple(map(int, version))
    yield worker
    worker.close()


# The parser of these Pythons finds another place in a file than in a string: they are the only ones that differ.
POSITION_DIFFERS = {
    "try:\n    pass": ((3, 10), (3, 14)),
}


def differs(program, version):
    """Whether Python's own two parsers do not agree about a program."""
    first, last = POSITION_DIFFERS.get(program, ((9, 9), (0, 0)))
    return first <= version <= last


def programs(version):
    """Those that this version can read."""
    return PROGRAMS + (PROGRAMS_310 if version >= (3, 10) else []) + (PROGRAMS_311 if version >= (3, 11) else [])


def printed(python, directory, program):
    """What `python file.py` prints."""
    path = directory / "file.py"
    path.write_bytes(program.encode())
    done = subprocess.run([python, "-I", str(path)], capture_output=True, cwd=directory)
    # Python says so to a person who reads the message at a terminal: no help here, as the file is not on the path.
    return done.stderr.decode().replace('File "%s"' % path, 'File "<stdin>"').replace("(file.py,", "(<stdin>,")


def test_errors_are_those_of_python(shared, python, tmp_path):
    wrong = []
    for program in programs(shared.version):
        expected = printed(python, tmp_path, program)
        outcome = shared.run(
            "import sys\nfor one in list(globals()):\n    if one[0] != '_' and one != 'sys': del globals()[one]\ndel one, sys"
        )
        assert outcome.error is None, outcome.error
        outcome = shared.run(program)
        got = outcome.stderr + (outcome.error[2] if outcome.error else "")
        if (normal(got) != normal(expected)) is not differs(program, shared.version):
            wrong.append("%r\n--- python file.py\n%s--- cell\n%s" % (program, expected, got))
    assert not wrong, "%d of %d:\n%s" % (len(wrong), len(programs(shared.version)), "\n".join(wrong))


def normal(text):
    """Without addresses, and without what a warning says of the file."""
    text = re.sub(r"0x[0-9a-f]+", "0x", text)
    text = re.sub(r"^\S*(file.py|<stdin|<stdin \d+>):(\d+): ", r"<stdin>:\2: ", text, flags=re.M)
    # Up to Python 3.11 the calls that lead to a program count, and there are more of them for a cell.
    return re.sub(r"repeated 99\d more times", "repeated 99- more times", text)


@pytest.mark.parametrize(
    "members",
    [
        "def __getattribute__(self, name): raise RuntimeError(name)",
        "__notes__ = property(lambda self: self.nothing)",
        "__traceback__ = __cause__ = property(lambda self: self.nothing)",
    ],
)
def test_an_error_that_hides_its_attributes_has_its_traceback(worker, members):
    outcome = worker.run("class E(Exception):\n    %s\ndef f():\n    raise E('text')\nf()" % members)
    text = outcome.traceback()
    assert '  File "<stdin>", line 5, in <module>\n' in text and '  File "<stdin>", line 4, in f\n' in text, text
    assert text.endswith("E: text\n"), text
    assert [frame["line"] for frame in outcome.details["frames"]] == [5, 4]
