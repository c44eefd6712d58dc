"""User code that puts a file of its own at descriptor 1 or 2: what Python prints goes there, as in a script."""

REDIRECT = """import os, sys
read, write = os.pipe()
saved = os.dup(%d)
os.dup2(write, %d)
"""
BACK = """
os.dup2(saved, %d)
os.close(write)
sys.__stdout__.write(repr(os.read(read, 999)))
"""


def redirected(worker, descriptor, code):
    """What arrives in a pipe, and what is shown."""
    outcome = worker.run(REDIRECT % (descriptor, descriptor) + code + BACK % descriptor)
    return outcome.success(), outcome.stderr


def test_what_is_printed_goes_to_the_file(worker):
    assert redirected(worker, 1, "print('in', flush=True)\nos.system('echo child')") == ("b'in\\nchild\\n'", "")
    assert redirected(worker, 1, "sys.stdout.buffer.write(b'raw')\nsys.stderr.write('error')") == ("b'raw'", "error")
    assert redirected(worker, 2, "print('out')\nprint('in', file=sys.stderr)") == ("out\nb'in\\n'", "")
    assert redirected(worker, 2, "sys.stderr.write('part')") == ("b'part'", "")
    assert redirected(worker, 1, "print(end='part')") == ("b'part'", "")


def test_what_was_printed_before_is_shown(worker):
    code = "print(end='before ')\n" + REDIRECT % (1, 1) + "print(end='in')" + BACK % 1
    assert worker.run(code).success() == "before b'in'"


def test_both_can_lead_to_one(worker):
    outcome = worker.run("import os, sys\nos.dup2(1, 2)\nprint('a', file=sys.stderr)\nprint('b')")
    assert sorted(outcome.success().split()) == ["a", "b"] and outcome.stderr == ""


def test_the_next_cell_is_shown(worker):
    code = "import os\nfile = os.open('kept', os.O_CREAT | os.O_RDWR)\nos.dup2(file, 1)\nprint('in')\nprint(end='rest')"
    assert worker.run(code).success() == ""
    assert worker.run("print(open('kept').read())").success() == "in\nrest\n"


def test_threads_are_redirected_as_well(worker):
    code = "import threading\nfor i in range(9):\n    t = threading.Thread(target=print, args=['in'])\n    t.start()\n    t.join()"
    assert redirected(worker, 1, code) == (repr(b"in\n" * 9), "")
    assert (
        worker.run("import threading\nt = threading.Thread(target=print, args=['on'])\nt.start()\nt.join()").stdout
        == "on\n"
    )


def test_a_tracer_meanwhile_changes_nothing(worker):
    code = "sys.settrace(lambda *_: None)\nprint('in')\nsys.settrace(None)"
    assert redirected(worker, 1, code) == ("b'in\\n'", "")
    code = "import sys\nsys.settrace(lambda *_: None)\n" + REDIRECT % (1, 1) + "print('in')" + BACK % 1 + "print('on')"
    assert worker.run(code).success() == "b'in\\n'on\n"
    assert worker.run("print('next')").success() == "next\n"


def test_dup2_has_its_other_uses(worker):
    code = "import os\nread, write = os.pipe()\nprint(os.dup2(write, 99, inheritable=False), os.get_inheritable(99), os.dup2.__name__)\ntry: os.dup2(98, 1)\nexcept OSError as error: print(error.errno)"
    assert worker.run(code).success() == "99 False dup2\n9\n"
