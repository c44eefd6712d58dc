"""The agent in the worker of a stock toolbox."""

import ast
import os
import random
import signal
import time
from pathlib import Path

import pytest
from agent_host import SOURCES, Agent
from host import until


@pytest.fixture
def agent(python, tmp_path):
    started = Agent(python, tmp_path)
    yield started
    started.kill()


def test_output_of_every_kind_is_whole_and_in_order(agent):
    code = (
        "import os, sys\nprint('a')\nos.system('echo b')\nprint('c', end='')\nos.write(1, b'd')\nsys.stderr.write('e')"
    )
    outcome = agent.run(code)
    assert (outcome.stdout, outcome.stderr, outcome.status) == ("a\nb\ncd", "e", "completed")
    lines = agent.run("for i in range(100_000): print(i)")
    assert lines.stdout == "".join("%d\n" % number for number in range(100_000))
    assert len(lines.pieces) < 1000
    assert len(agent.run("print('x' * 3_000_000)").stdout) == 3_000_001
    text = "é\u4e2d\U0001f600"
    assert agent.run("import sys\nfor b in %r.encode(): sys.stdout.buffer.write(bytes([b]))" % text).stdout == text
    assert "\ufffd" in agent.run("import sys\nsys.stdout.buffer.write(b'\\xf0\\x9f')").stdout


def test_text_without_a_newline_comes_before_the_end(agent):
    agent.begin("import time\nprint('a', end='')\ntime.sleep(60)")
    agent.wait_for("a")
    agent.interrupt()
    assert agent.finish().status == "interrupted"


def test_a_threads_and_a_forked_childs_output(agent):
    code = "import threading\nts = [threading.Thread(target=lambda: [print('x' * 50) for _ in range(500)]) for _ in range(4)]\n"
    outcome = agent.run(code + "[t.start() for t in ts]\n[t.join() for t in ts]")
    assert (outcome.stdout.count("x"), outcome.stdout.count("\n")) == (100_000, 2000)
    fork = "import os\nif os.fork():\n    os.wait()\n    print('parent')\nelse:\n    print('child')"
    assert agent.run(fork).stdout == "child\nparent\n"
    assert agent.run("import os\ntry: os.wait()\nexcept ChildProcessError: print('none')").stdout == "none\n"


def test_output_between_runs_belongs_to_none(agent):
    agent.run("import subprocess\nchild = subprocess.Popen('sleep 0.2; echo late', shell=True)")
    agent.plain("child.wait()")
    assert agent.run("print('next')").stdout == "next\n"


@pytest.mark.parametrize(
    "code, name, value",
    [
        ("1/0", "ZeroDivisionError", "division by zero"),
        ("raise KeyboardInterrupt('mine')", "KeyboardInterrupt", "mine"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGINT)\nwhile True: pass", "KeyboardInterrupt", ""),
        ("exit(3)", "SystemExit", "3"),
        ("class E(BaseException): pass\nraise E('x')", "E", "x"),
        ("1 +", "SyntaxError", "invalid syntax (<stdin>, line 1)"),
        ("input('?')", "EOFError", None),
    ],
)
def test_an_error_is_its_own_and_costs_nothing(agent, code, name, value):
    agent.run("kept = 1")
    outcome = agent.run(code)
    assert (outcome.error["name"], outcome.status, outcome.control) == (name, "completed", "completed")
    assert value is None or outcome.error["value"] == value
    assert outcome.plain == []
    assert agent.run("print(kept)").stdout == "1\n"


def test_a_traceback_has_functions_and_lines_of_every_run(agent):
    agent.run("def f():\n    raise ValueError('bad')")
    error = agent.run("f()").error
    assert "in f\n    raise ValueError('bad')" in error["traceback"]
    assert 'File "<stdin>", line 1, in <module>\n    f()' in error["traceback"]
    assert "codecell" not in error["traceback"]
    assert [frame["function"] for frame in error["details"]["frames"]] == ["<module>", "f"]


def test_python_as_people_know_it(agent, tmp_path):
    (tmp_path / "mine.py").write_text("value = 5")
    assert agent.run("import asyncio\nx = await asyncio.sleep(0, 7)\nprint(x)").stdout == "7\n"
    assert agent.run("import mine\nprint(mine.value)").stdout == "5\n"
    assert (
        agent.run("import pickle\nclass A: pass\nprint(type(pickle.loads(pickle.dumps(A()))) is A)").stdout == "True\n"
    )
    assert agent.run("import inspect\nprint(inspect.getsource(A))").stdout == "class A: pass\n\n"
    assert (
        agent.run("import __main__\nprint(__main__.x, __name__)\n__main__.y = 8\nprint(y)").stdout == "7 __main__\n8\n"
    )
    code = "import multiprocessing, math\nwith multiprocessing.get_context('spawn').Pool(1) as pool: print(pool.map(math.sqrt, [4]))"
    assert agent.run(code).stdout == "[2.0]\n"
    assert agent.run("1/0", name="main.py").error["traceback"].count('File "main.py", line 1') == 1


def test_input_is_answered(agent):
    code = "print(input('a? '), input('b? '))\ntry: input()\nexcept EOFError: print('end')"
    outcome = agent.run(code, answers=["é\u4e2d", "two words", None], stdin=1)
    assert (outcome.stdout, outcome.prompts) == ("é\u4e2d two words\nend\n", ["a? ", "b? ", ""])
    assert agent.run("import sys\nprint(sys.stdin.read())", answers=["x", None], stdin=1).stdout == "x\n\n"


@pytest.mark.parametrize(
    "code",
    [
        "while True: pass",
        "import time\ntime.sleep(60)",
        "import re\nre.match('(a+)+b', 'a' * 40)",
        "import subprocess\nsubprocess.run(['sleep', '60'])",
        "input()",
        "import asyncio\nawait asyncio.sleep(60)",
        "while True: print('x' * 100)",
        "import threading\nthreading.Event().wait()",
    ],
)
def test_an_interrupt_ends_the_code_and_keeps_the_variables(agent, code):
    agent.begin("kept = 1\nprint('on')\n" + code, stdin=1)
    agent.wait_for("on")
    agent.interrupt()
    outcome = agent.finish()
    assert (outcome.status, outcome.error["name"], outcome.control) == ("interrupted", "KeyboardInterrupt", "completed")
    assert not agent.path("stop").exists()
    assert agent.run("print(kept)").stdout == "1\n"


def test_a_stop_whose_signal_was_lost_ends_the_code_too(agent):
    agent.begin("print('on')\nimport time\ntime.sleep(60)")
    agent.wait_for("on")
    agent.path("stop").touch()
    assert agent.finish().status == "interrupted"


def test_short_runs_interrupted_at_random_moments(agent):
    agent.run("count = 0")
    ended, late = 0, []
    for number in range(150):
        agent.begin("count += 1")
        while not agent.outcome.start:
            agent.step()
        time.sleep(random.random() * 0.002)
        agent.interrupt()
        outcome = agent.finish()
        assert outcome.status in ("completed", "interrupted") and outcome.control == "completed", number
        assert outcome.status == "completed" or not outcome.error or outcome.error["name"] == "KeyboardInterrupt"
        ended += outcome.status == "completed"
        late.append(agent.path("stop"))
    for path in filter(Path.exists, late):
        path.unlink()
    assert ended <= int(agent.run("print(count)").stdout) <= 150


def test_an_interrupt_means_one_run_only(agent):
    agent.run("1")
    agent.interrupt()
    path = agent.path("stop")
    os.kill(agent.process.pid, signal.SIGURG)
    assert agent.run("import time\ntime.sleep(0.05)\nprint(1)").stdout == "1\n"
    path.unlink()


def test_a_run_that_is_stopped_before_it_begins_does_not_run(agent):
    agent.run("1")
    agent.marker = agent.next_marker
    path = agent.path("stop")
    path.touch()
    outcome = agent.run("ran = 1")
    assert (outcome.status, outcome.error) == ("interrupted", {})
    assert not path.exists()
    assert agent.run("print('ran' in globals())").stdout == "False\n"


def test_the_toolboxs_timeout_is_a_timeout(agent):
    agent.begin("kept = 1\nprint('on')\nimport time\ntime.sleep(60)", timeout=1)
    agent.wait_for("on")
    time.sleep(1)
    agent.process.send_signal(signal.SIGINT)
    outcome = agent.finish()
    assert (outcome.status, outcome.control) == ("over", "interrupted")
    assert agent.run("print(kept)").stdout == "1\n"


@pytest.mark.parametrize(
    "code, reason",
    [
        ("import os\nos._exit(3)", "exited with status 3"),
        ("import os, signal\nos.kill(os.getpid(), signal.SIGKILL)", "killed by SIGKILL"),
        ("import os\nos.abort()", "Aborted"),
        ("import ctypes\nctypes.string_at(0)", "Segmentation fault"),
    ],
)
def test_a_death_is_reported_before_the_toolbox_can_notice(agent, code, reason):
    agent.begin("print('on')\n" + code)
    outcome = agent.finish()
    assert (outcome.stdout, outcome.status) == ("on\n", "")
    assert outcome.died == {"reason": reason}
    agent.wait_for_death()


@pytest.mark.parametrize(
    "way",
    [
        "os.kill(os.getpid(), 15)",
        "signal.raise_signal(15)",
        "signal.pthread_kill(threading.main_thread().ident, 15)",
        "os.fork() or os.kill(os.getppid(), 15) or os._exit(0)",
        "subprocess.run(['kill', str(os.getpid())])",
        "threading.Thread(target=os.kill, args=(os.getpid(), 15)).start()",
    ],
)
def test_sigterm_ends_the_process_whoever_sends_it(agent, way):
    code = "import os, signal, subprocess, threading\nprint('on')\ntry:\n    %s\n    threading.Event().wait()\nfinally: print('no')"
    agent.begin(code % way)
    outcome = agent.finish()
    assert (outcome.stdout, outcome.status, outcome.died) == ("on\n", "", {"reason": "killed by SIGTERM"})
    assert agent.wait_for_death() == -signal.SIGTERM


def test_sigterm_ends_code_that_never_looks(agent):
    agent.begin("print('on')\nimport re\nre.match('(a+)+b', 'a' * 40)")
    agent.wait_for("on")
    agent.process.terminate()
    assert agent.finish().died == {"reason": "killed by SIGTERM"}
    assert agent.wait_for_death() == -signal.SIGTERM


@pytest.mark.parametrize(
    "way", ["os.kill(os.getpid(), 15)", "signal.raise_signal(15)", "os.kill(os.getpid(), 9)", "os._exit(1)"]
)
def test_what_was_printed_before_a_death_is_there(agent, way):
    outcome = agent.run("import os, signal\nfor n in range(3000): print(n)\n%s" % way)
    assert outcome.stdout == "".join("%d\n" % number for number in range(3000))
    assert outcome.died is not None


def test_code_has_its_own_sigterm(agent):
    agent.plain("import signal\nbefore = signal.getsignal(15)")
    assert agent.run("print(signal.getsignal(15) is signal.SIG_DFL)").stdout == "True\n"
    assert agent.plain("print(signal.getsignal(15) is before)").stdout == "True\n"
    code = "import os\nsignal.pthread_sigmask(signal.SIG_BLOCK, [15])\nos.kill(os.getpid(), 15)\nprint(int(signal.sigwait([15])))\nsignal.pthread_sigmask(signal.SIG_UNBLOCK, [15])"
    assert agent.run(code).stdout == "15\n"
    code = "import os, signal\nsignal.signal(15, lambda *_: print('mine'))\nos.kill(os.getpid(), 15)\nsignal.raise_signal(15)\nkept = 1"
    assert agent.run(code).stdout == "mine\nmine\n"
    assert agent.run("signal.signal(15, signal.SIG_IGN)\nos.kill(os.getpid(), 15)\nprint(kept)").stdout == "1\n"
    handler = "import faulthandler, tempfile\nfile = tempfile.TemporaryFile()\nsignal.signal(15, signal.SIG_DFL)\nfaulthandler.register(15, file)"
    assert agent.run(handler + "\nos.kill(os.getpid(), 15)\nprint(file.tell() > 0)").stdout == "True\n"
    code = "pid = os.fork()\nif pid == 0:\n    signal.signal(15, signal.SIG_DFL)\n    os.kill(os.getpid(), 15)\nprint(os.waitpid(pid, 0)[1])"
    assert agent.run(code).stdout == "15\n"


def test_a_kill_from_outside_is_reported(agent):
    agent.begin("print('on')\nimport time\ntime.sleep(60)")
    agent.wait_for("on")
    agent.process.kill()
    assert agent.finish().died is not None


def test_a_death_between_runs_is_not_reported(agent):
    agent.run("1")
    agent.process.kill()
    assert agent.lines.get(timeout=60) is None


def test_python_waits_for_a_client_that_is_behind(agent):
    agent.begin("for _ in range(30_000): print('x' * 999)\nprint('end')", credit=1)
    while sum(map(len, agent.outcome.pieces)) < 4_000_000:
        agent.step()
    time.sleep(0.3)
    waiting = 0
    while not agent.lines.empty():
        agent.step()
        waiting += 1
    assert "end" not in agent.outcome.stdout and waiting < 1000
    agent.path("credit").write_text("%d" % (64 << 20))
    assert agent.finish().stdout.endswith("x\nend\n")
    assert len(agent.outcome.stdout) == 30_000_004
    assert not agent.path("credit").exists()


def test_a_run_that_waits_for_credit_can_be_interrupted(agent):
    agent.begin("kept = 1\nwhile True: print('x' * 999)", credit=1)
    while sum(map(len, agent.outcome.pieces)) < 4_000_000:
        agent.step()
    time.sleep(0.1)
    agent.interrupt()
    assert agent.finish().status == "interrupted"
    assert agent.run("print(kept)").stdout == "1\n"


def test_other_clients_find_everything_as_it_was(agent):
    agent.plain(
        "import signal, sys, builtins\nbefore = signal.getsignal(2), signal.getsignal(15), input, sys.__stdout__, sys.stdin"
    )
    agent.run("shared = 1\nimport logging\nlogging.basicConfig(force=True)")
    code = "after = signal.getsignal(2), signal.getsignal(15), input, sys.__stdout__, sys.stdin\nprint(before == after, shared)"
    assert agent.plain(code).stdout == "True 1\n"
    assert agent.plain("logging.warning('heard')").stderr == "WARNING:root:heard\n"
    outcome = agent.plain("1/0")
    assert (outcome.plain[0]["name"], outcome.control) == ("ZeroDivisionError", "completed")


@pytest.mark.parametrize(
    "code",
    [
        "import sys\nfor name in list(sys.modules):\n    if 'codecell' in name: del sys.modules[name]",
        "import os\nfor number in range(3): os.close(number)",
        "import os\nos.closerange(0, 256)",
        "import os\nos.closerange(3, 1024)",
        "import sys\nsys.setrecursionlimit(60)",
        "import signal\nsignal.pthread_sigmask(signal.SIG_BLOCK, range(1, 64))",
        "import signal\nfor number in (signal.SIGINT, signal.SIGTERM, signal.SIGURG): signal.signal(number, signal.SIG_IGN)",
        "import sys, io\nsys.stdout = sys.stderr = io.StringIO()",
        "import sys\nsys.stdout.close()\nsys.stderr.close()",
        "import builtins\nbuiltins.print = builtins.zip = builtins.open = None",
        "import os, posix\nos.write = posix.write = os.read = os.dup2 = None",
        "import sys\nsys.settrace(lambda *a: None)",
    ],
)
def test_what_user_code_does_to_it(agent, code):
    agent.run("kept = 1")
    assert agent.run(code).control == "completed"
    if "sys.modules" in code:
        from agent_host import INSTALL

        agent.how = INSTALL
    outcome = agent.run("import sys\nsys.stdout.write(str(kept))")
    assert (outcome.stdout, outcome.status) == ("1", "completed")


def test_rich_results(agent):
    outcome = agent.run("class T:\n    def _repr_html_(self): return '<b>x</b>'\ndisplay(T())\nT()", results=1 << 20)
    assert [(one["data"]["text/html"], one.get("main", False)) for one in outcome.results] == [
        ("<b>x</b>", False),
        ("<b>x</b>", True),
    ]
    large = agent.run("class T:\n    def _repr_html_(self): return 'x' * 300_000\nT()", results=1 << 20)
    assert len(large.results[0]["data"]["text/html"]) == 300_000
    assert agent.run("T()").results == []


def test_it_runs_where_no_file_can_be_written(python, tmp_path):
    agent = Agent(python, tmp_path)
    try:
        agent.plain(
            "import posix\nopen_file = posix.open\ndef refuse(path, flags, *a, **o):\n    if 'probe' in str(path): raise OSError(30, 'read-only')\n    return open_file(path, flags, *a, **o)\nposix.open = refuse"
        )
        outcome = agent.run("print(1)\ninput()", stdin=1)
        assert (outcome.stdout, outcome.start["directory"], outcome.error["name"]) == ("1\n", "", "EOFError")
    finally:
        agent.kill()


def test_nothing_is_left_behind(agent):
    agent.run("1")
    directory = agent.outcome.start["directory"]
    agent.process.stdin.close()
    agent.wait_for_death()
    until(lambda: not [name for name in os.listdir(directory) if name.startswith("codecell-%d" % agent.process.pid)])


def test_its_source_runs_in_python_38():
    for path in (SOURCES / "codecell").rglob("*.py"):
        tree = ast.parse(path.read_text(), feature_version=(3, 8))
        used = {node.attr for node in ast.walk(tree) if isinstance(node, ast.Attribute)}
        assert not used & {"removeprefix", "removesuffix"}, path
