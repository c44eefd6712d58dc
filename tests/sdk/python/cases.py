"""What users of the official Python client rely on, held against the local toolbox: runs code, and every method for files.

Prints a line of JSON for each case: its name, and its traceback if it failed.
"""

import json
import os
import tempfile
import traceback
from pathlib import Path

from daytona import (
    Daytona,
    DaytonaConfig,
    DaytonaConflictError,
    DaytonaError,
    DaytonaNotFoundError,
    DaytonaTimeoutError,
    FileDownloadRequest,
    FileUpload,
)

CASES = []


def case(body):
    CASES.append(body)
    return body


def fails(error, call, *arguments):
    try:
        call(*arguments)
    except error as raised:
        return raised
    raise AssertionError(f"{call.__name__}{arguments} did not raise {error.__name__}")


@case
def code_runs_and_its_output_streams(sandbox):
    interpreter = sandbox.code_interpreter
    heard = []
    result = interpreter.run_code(
        "import sys\nprint('out')\nprint('err', file=sys.stderr)\n1 / 0",
        on_stdout=lambda message: heard.append(message.output),
    )
    assert (result.stdout, "".join(heard)) == ("out\n", "out\n")
    assert result.stderr == "err\n", result.stderr
    assert (result.error.name, result.error.value) == ("ZeroDivisionError", "division by zero")


@case
def contexts_keep_their_variables(sandbox):
    interpreter = sandbox.code_interpreter
    context = interpreter.create_context()
    interpreter.run_code("x = 42", context=context)
    assert interpreter.run_code("print(x)", context=context).stdout == "42\n"
    assert interpreter.run_code("print(x)").error.name == "NameError"
    assert context.id in [found.id for found in interpreter.list_contexts()]
    interpreter.delete_context(context)


@case
def environment_and_timeout_reach_the_code(sandbox):
    interpreter = sandbox.code_interpreter
    result = interpreter.run_code("import os; print(os.environ['WHERE'])", envs={"WHERE": "here"})
    assert result.stdout == "here\n", result
    try:
        interpreter.run_code("while True: pass", timeout=1)
    except DaytonaTimeoutError:
        pass
    else:
        raise AssertionError("no timeout")


@case
def files_go_up_and_come_down(sandbox):
    fs = sandbox.fs
    fs.upload_file(b"a,b\n1,2\n", "data/in.csv")
    assert sandbox.code_interpreter.run_code("print(open('data/in.csv').read())").stdout == "a,b\n1,2\n\n"
    assert fs.download_file("data/in.csv") == b"a,b\n1,2\n"
    content = os.urandom(3 << 20)
    with tempfile.TemporaryDirectory() as folder:
        here = Path(folder, "here.bin")
        here.write_bytes(content)
        fs.upload_file(str(here), "one.bin")
        fs.upload_files([FileUpload(str(here), "two.bin"), FileUpload(b"3", "ü 3.txt")])
        with here.open("rb") as stream:
            fs.upload_file_stream(stream, "deep/four.bin")
        fs.download_file("one.bin", str(Path(folder, "back.bin")))
        assert Path(folder, "back.bin").read_bytes() == content
    assert b"".join(fs.download_file_stream("deep/four.bin")) == content
    assert fs.download_file("ü 3.txt") == b"3"


@case
def each_file_that_can_not_be_downloaded_says_why(sandbox):
    fs = sandbox.fs
    fs.upload_file(b"there", "there.txt")
    there, missing, outside = fs.download_files(
        [FileDownloadRequest(source=path) for path in ("there.txt", "missing.txt", "/etc/passwd")]
    )
    assert (there.result, there.error) == (b"there", None), there
    assert "missing.txt: no such file" in missing.error, missing
    assert "only files below" in outside.error, outside
    assert "missing.txt" in str(fails(DaytonaNotFoundError, fs.download_file, "missing.txt"))


@case
def folders_are_listed_and_files_described(sandbox):
    fs = sandbox.fs
    fs.create_folder("a/b", "750")
    fs.upload_file(b"12345", "a/five.txt")
    assert [(found.name, found.is_dir) for found in fs.list_files("a")] == [("b", True), ("five.txt", False)]
    info = fs.get_file_info("a/five.txt")
    assert (info.size, info.mode, info.permissions) == (5, "-rw-r--r--", "0644"), info
    assert info.mod_time, info
    fails(DaytonaNotFoundError, fs.list_files, "missing")
    fails(DaytonaError, fs.get_file_info, "/etc/passwd")


@case
def files_are_moved_changed_searched_and_removed(sandbox):
    fs = sandbox.fs
    fs.upload_files([FileUpload(b"TODO: one\n", "src/a.py"), FileUpload(b"# TODO: two\n", "src/deep/b.py")])
    assert sorted(fs.search_files("src", "*.py").files) == ["src/a.py", "src/deep/b.py"]
    found = sorted((match.file, match.line, match.content) for match in fs.find_files("src", "TODO:"))
    assert found == [("src/a.py", 1, "TODO: one"), ("src/deep/b.py", 1, "# TODO: two")], found
    replaced = fs.replace_in_files(["src/a.py", "src/missing.py"], "TODO", "DONE")
    assert [(each.file, each.success) for each in replaced] == [("src/a.py", True), ("src/missing.py", False)]
    assert fs.download_file("src/a.py") == b"DONE: one\n"
    fails(DaytonaConflictError, fs.move_files, "src/a.py", "src/deep/b.py")
    fs.move_files("src/a.py", "src/c.py")
    fs.set_file_permissions("src/c.py", mode="600")
    assert fs.get_file_info("src/c.py").permissions == "0600"
    fails(DaytonaError, fs.delete_file, "src")
    fs.delete_file("src", recursive=True)
    fails(DaytonaNotFoundError, fs.get_file_info, "src")


def main():
    config = DaytonaConfig(api_key=os.environ["TEST_API_KEY"], api_url=os.environ["TEST_API_URL"], target="local")
    sandbox = Daytona(config).get(os.environ["TEST_SANDBOX"])
    for body in CASES:
        name, failed = body.__name__.replace("_", " "), None
        try:
            body(sandbox)
        except Exception:
            failed = traceback.format_exc()
        print(json.dumps({"name": name, "failed": failed}), flush=True)


main()
