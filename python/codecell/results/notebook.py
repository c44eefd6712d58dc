"""What people paste from notebooks and prompts: `%pip`, `!command`, `%matplotlib`, `>>> `. Loaded where Python finds an error of syntax.

Only a line that Python can't read is looked at, so what stands in a text that goes over lines stays as it is. It is
replaced by one line, so the lines of tracebacks stay right.
"""

import re

from ..cell import ONLY_TREE, TOP_LEVEL_AWAIT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .service import Results

# The name of the function that carries out a line, in the code of a cell. Nobody else has it.
NAME = "__codecell_line__"
MOST_LINES = 1000

PROMPT = re.compile(r"^\s*(>>>|\.\.\.)( |$)")
NUMBERED = re.compile(r"^\s*In \[\d*\]: ?|^\s*\.{3,}: ?")
ASSIGNED = re.compile(r"^(\s*)([\w.\[\]'\", ]+?)\s*=\s*([!%])(.*)$")
INDENTED = re.compile(r"^(\s*)(!|%%?|\?)(.*)$")

INSTEAD = {
    "time": "use `import time; start = time.perf_counter(); …; print(time.perf_counter() - start)`",
    "timeit": "use `import timeit; print(timeit.timeit(lambda: …, number=1000))`",
    "cd": "use `import os; os.chdir('folder')`",
    "pwd": "use `import os; os.getcwd()`",
    "ls": "use `!ls`, or `import os; os.listdir()`",
    "cat": "use `!cat file`, or `print(open('file').read())`",
    "mkdir": "use `import os; os.makedirs('folder')`",
    "run": "use `import runpy; runpy.run_path('file.py')`",
    "load": "use `print(open('file.py').read())`, and paste what you want",
    "env": "use `import os; os.environ['NAME'] = 'value'`",
    "set_env": "use `import os; os.environ['NAME'] = 'value'`",
    "who": "use `dir()`",
    "whos": "use `dir()`",
    "reset": "restart the context: the page has a button for it, or a function",
    "autoreload": "use `import importlib; importlib.reload(module)`",
    "load_ext": "leave it out: there are no extensions of IPython here",
    "bash": "put `!` before each line",
    "sh": "put `!` before each line",
    "writefile": "use `open('file', 'w').write('''…''')`",
    "html": "use `from IPython.display import HTML; display(HTML('''…'''))`",
    "latex": "use `from IPython.display import Latex; display(Latex('''…'''))`",
    "markdown": "use `from IPython.display import Markdown; display(Markdown('''…'''))`",
    "capture": "use `import contextlib, io; with contextlib.redirect_stdout(io.StringIO()) as text: …`",
    "debug": "use `breakpoint()` where you want to look",
    "prun": "use `import cProfile; cProfile.run('…')`",
}
CHANGES_NOTHING = {"matplotlib", "pylab"}


def as_python(source, name, error):
    """The source as Python; raises a SyntaxError where it can't be that."""
    first = error
    for _ in range(MOST_LINES):
        try:
            source = translate(source, error)
        except SyntaxError as refused:
            raise SyntaxError(refused.msg, (name, error.lineno, None, None)) from None
        if source is None:
            raise first if error is first else error
        try:
            compile(source, name, "exec", ONLY_TREE | TOP_LEVEL_AWAIT, True)
            return source
        except SyntaxError as another:
            error = another
    raise first


def translate(source, error):
    """The source with the line of this error translated, or None where that is no notebook's."""
    lines = source.split("\n")
    number = (error.lineno or 0) - 1
    if not 0 <= number < len(lines):
        return None
    if PROMPT.match(lines[number]) or NUMBERED.match(lines[number]):
        return without_prompts(lines)
    line = translated(lines[number])
    if line is None:
        return None
    # A backslash goes on with the command in the next line.
    end = number
    while lines[end].rstrip().endswith("\\") and end + 1 < len(lines):
        end += 1
    if end > number:
        joined = " ".join(part.rstrip().rstrip("\\").strip() for part in lines[number : end + 1])
        indent = lines[number][: len(lines[number]) - len(lines[number].lstrip())]
        line = translated(indent + joined) or line
        lines[number + 1 : end + 1] = [""] * (end - number)
    lines[number] = line
    return "\n".join(lines)


def without_prompts(lines):
    """A session as people copy it: the lines with a prompt, without it. What Python printed becomes empty lines."""
    code = []
    for line in lines:
        found = PROMPT.match(line) or NUMBERED.match(line)
        code.append(line[found.end() :] if found else "")
    return "\n".join(code)


def translated(line):
    """A line of Python for a line of a notebook, or None. A SyntaxError says what to write instead."""
    found = ASSIGNED.match(line)
    if found:
        indent, target, mark, rest = found.groups()
        if mark == "!":
            return "%s%s = %s('lines', %r)" % (indent, target, NAME, rest.strip())
        raise SyntaxError(refusal("%" + rest.split(" ")[0], rest.split(" ")[0]))
    found = INDENTED.match(line)
    if found:
        indent, mark, rest = found.groups()
        rest = rest.strip()
        name, _, arguments = rest.partition(" ")
        if mark == "!":
            command = rest.lstrip("!")
            is_pip = name in ("pip", "pip3")
            return "%s%s(%r, %r)" % (indent, NAME, "pip" if is_pip else "shell", arguments if is_pip else command)
        if mark == "?":
            raise SyntaxError("`?%s` is IPython's way to ask for help: use help(%s)" % (rest, rest or "object"))
        if mark == "%":
            if name == "pip" or (name in ("conda", "mamba") and arguments.startswith("install")):
                return "%s%s('pip', %r)" % (indent, NAME, arguments)
            if name in CHANGES_NOTHING:
                return "%spass" % indent
            if name == "config":
                return "%s%s('config', %r)" % (indent, NAME, arguments)
        raise SyntaxError(refusal(mark + name, name))
    stripped = line.strip().rstrip("?")
    if line.rstrip().endswith("?") and re.fullmatch(r"[\w.]+", stripped):
        raise SyntaxError("`%s` is IPython's way to ask for help: use help(%s)" % (line.strip(), stripped))
    return None


def refusal(written, name):
    """What is said of a magic that is not there."""
    instead = INSTEAD.get(name, "write it as Python code")
    return "`%s` is a magic command of IPython, which this Python does not have: %s" % (written, instead)


class Lines:
    """Carries out the lines of a notebook."""

    def __init__(self, results: "Results"):
        self.results = results

    def run(self, kind, text):
        """Runs a line. The code of the cell calls this."""
        return getattr(self, kind)(text)

    def shell(self, command):
        """`!command`: what it prints is the run's output; a warning reports a status other than 0."""
        status = self.results.load("subprocess").run(self.expanded(command), shell=True).returncode
        if status:
            self.results.warn("the command ended with status %d: %s" % (status, command[:200]))

    def lines(self, command):
        """`name = !command`: what it prints, as a list of lines."""
        done = self.results.load("subprocess").run(self.expanded(command), shell=True, stdout=-1, text=True)
        return done.stdout.splitlines()

    def pip(self, arguments):
        """`%pip …`: with the Python that runs, whose packages can be imported at once."""
        python = self.results.sys.executable
        shlex = self.results.load("shlex")
        command = [python, "-m", "pip", "--disable-pip-version-check", *shlex.split(self.expanded(arguments))]
        if self.results.load("subprocess").run(command).returncode == 0:
            self.results.load("importlib").invalidate_caches()

    def config(self, text):
        """`%config InlineBackend.figure_format = 'svg'` chooses the format of figures."""
        name, _, value = (part.strip() for part in text.partition("="))
        if name not in ("InlineBackend.figure_format", "InlineBackend.figure_formats"):
            raise ValueError("%%config can only choose InlineBackend.figure_format here, not %s" % (name or "nothing"))
        hooks = self.results.hooks
        assert hooks is not None
        hooks.matplotlib.set_format(*re.findall(r"[\w]+", value))

    def expanded(self, text):
        """The text with `{name}` and `$name` replaced where that is a variable."""
        names = vars(self.results.sys.modules["__main__"])

        def value(found):
            name = found.group(1) or found.group(2)
            return str(names[name]) if name in names else found.group(0)

        return re.sub(r"\{(\w+)\}|\$(\w+)", value, text)
