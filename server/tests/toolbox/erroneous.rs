//! Programs that end with an error or a warning, each in a way of its own.

/// What it is, and the program. Each runs as a file and as the first cell of a context. [`whole`] puts in what is long.
pub const PROGRAMS: &[(&str, &str)] = &[
    // Where the error is.
    ("no final newline", "x = 0\n1/0"),
    ("one line", "1/0"),
    ("a final newline", "1/0\n"),
    ("indented, no final newline", "if True:\n    1/0"),
    ("a line separator", "s = 'a\u{2028}b'\nt = 2\n1/0"),
    (
        "a paragraph separator and others",
        "s = 'a\u{2029}\u{85}\u{1c}\u{1d}\u{1e}\u{b}b'\nt = 2\n1/0\n",
    ),
    ("form feeds", "\u{c}x = 1\n\u{c}\ny = 'a\u{c}b'\n1/0\n"),
    ("a form feed before the error", "x = 1\n\u{c}1/0\n"),
    ("tabs", "def f():\n\tx = 1\n\treturn x\t/ 0\nf()\n"),
    ("carriage returns", "x = 1\r\ny = 2\r\n1/0\r\n"),
    ("a byte order mark inside", "x = '\u{feff}'\n1/0\n"),
    ("wide characters", "名 = '日本語'; 1/0; y = 'é🎉'\n"),
    ("combining characters", "x = 'e\u{301}'; [1][5]\n"),
    (
        "an expression on three lines",
        "x = (1 +\n     2 /\n     0)\n",
    ),
    (
        "a call on three lines",
        "def f(a, b):\n    raise ValueError(a)\nf(\n    1,\n    2,\n)\n",
    ),
    ("a backslash", "x = 1 + \\\n    1/0\n"),
    ("a triple-quoted string", "x = '''one\ntwo\nthree''' + 1\n"),
    ("an f-string", "x = 0\nprint(f'{x} and {1/x}')\n"),
    ("statements on one line", "x = 1; y = 0; x / y; z = 3\n"),
    ("a subscript", "d = {'a': {'b': 1}}\nd['a']['c']\n"),
    (
        "a chain of attributes",
        "class A: pass\na = A()\na.b = None\na.b.c.d\n",
    ),
    ("operators", "a = [1]; b = 'x'\nc = (a + b) * 3\n"),
    ("unpacking", "a, b = 1, 2, 3\n"),
    ("an assertion", "assert 1 == 2, 'one is not two'\n"),
    ("a comprehension", "x = [1 / n for n in (1, 0)]\n"),
    (
        "a nested comprehension",
        "x = [[1 / n for n in row] for row in [(1,), (0,)]]\n",
    ),
    ("a generator expression", "sum(1 / n for n in (1, 0))\n"),
    ("a lambda", "f = lambda x: 1 / x\nf(0)\n"),
    (
        "a decorator",
        "def wrong(f): raise TypeError('no')\n@wrong\ndef f(): pass\n",
    ),
    (
        "a decorated function",
        "def same(f):\n    def inner(*a):\n        return f(*a)\n    return inner\n@same\ndef f(x):\n    return 1 / x\nf(0)\n",
    ),
    (
        "nested functions",
        "def a():\n    def b():\n        def c():\n            raise KeyError('deep')\n        c()\n    b()\na()\n",
    ),
    ("a class body", "class C:\n    x = 1\n    y = x / 0\n"),
    (
        "a method",
        "class C:\n    def m(self):\n        self.n()\n    def n(self):\n        raise RuntimeError\nC().m()\n",
    ),
    (
        "a property",
        "class C:\n    @property\n    def p(self): return self.missing\nC().p\n",
    ),
    (
        "a with statement",
        "class M:\n    def __enter__(self): pass\n    def __exit__(self, *a): raise ValueError('leaving')\nwith M():\n    1/0\n",
    ),
    (
        "a with on lines",
        "with open('there is no such file') as a, \\\n        open('nor this') as b:\n    pass\n",
    ),
    ("a very long line", "x = 0; y = '@LONG@'; 1/x\n"),
    (
        "a generator",
        "def g():\n    yield 1\n    raise ValueError('after one')\nlist(g())\n",
    ),
    (
        "a generator that is thrown into",
        "def g():\n    yield 1\ni = g(); next(i)\ni.throw(LookupError('thrown'))\n",
    ),
    (
        "a coroutine",
        "import asyncio\nasync def a():\n    await b()\nasync def b():\n    raise ValueError('b')\ntry:\n    a().send(None)\nexcept StopIteration:\n    pass\n",
    ),
    (
        "an event loop",
        "import asyncio\nasync def a():\n    await asyncio.sleep(0)\n    1/0\nasyncio.run(a())\n",
    ),
    (
        "tasks",
        "import asyncio\nasync def a():\n    raise ValueError('task')\nasync def main():\n    await asyncio.gather(a(), a())\nasyncio.run(main())\n",
    ),
    (
        "an executor",
        "from concurrent.futures import ThreadPoolExecutor\ndef f(): raise ValueError('there')\nwith ThreadPoolExecutor(1) as pool:\n    pool.submit(f).result()\n",
    ),
    (
        "recursion that ends itself",
        "def f(n):\n    if n == 0: raise ValueError('bottom')\n    f(n - 1)\nf(50)\n",
    ),
    (
        "recursion of two",
        "def a(n):\n    b(n)\ndef b(n):\n    if n == 0: raise ValueError('bottom')\n    a(n - 1)\na(10)\n",
    ),
    (
        "recursion without an end",
        "def f(n):\n    return f(n + 1)\nf(0)\n",
    ),
    (
        "a limited traceback",
        "import sys\nsys.tracebacklimit = 2\ndef f(n):\n    if n == 0: raise ValueError('bottom')\n    f(n - 1)\nf(5)\n",
    ),
    // What the error is.
    (
        "a cause",
        "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise ValueError('caused') from e\n",
    ),
    (
        "a context",
        "try:\n    1/0\nexcept ZeroDivisionError:\n    [][1]\n",
    ),
    (
        "no context",
        "try:\n    1/0\nexcept ZeroDivisionError:\n    raise ValueError('alone') from None\n",
    ),
    (
        "a chain of three",
        "try:\n    try:\n        1/0\n    except Exception as e:\n        raise KeyError('two') from e\nexcept Exception:\n    int('three')\n",
    ),
    (
        "a circle of causes",
        "a = ValueError('a'); b = ValueError('b')\na.__cause__ = b; b.__cause__ = a\nraise a\n",
    ),
    (
        "suggestions in a chain",
        "value = 1\ntry:\n    valeu\nexcept NameError:\n    'x'.uper()\n",
    ),
    ("a text of two lines", "raise ValueError('one\\ntwo\\n')\n"),
    ("an empty text", "raise ValueError('')\n"),
    (
        "an own class",
        "class MyError(Exception): pass\nraise MyError('mine', 2)\n",
    ),
    (
        "a nested own class",
        "class Out:\n    class In(Exception): pass\nraise Out.In('inner')\n",
    ),
    (
        "a local class",
        "def f():\n    class E(Exception): pass\n    raise E('local')\nf()\n",
    ),
    (
        "a failing __str__",
        "class E(Exception):\n    def __str__(self): raise ValueError('in str')\nraise E\n",
    ),
    (
        "a __str__ that gives no text",
        "class E(Exception):\n    def __str__(self): return 3\nraise E\n",
    ),
    ("a surrogate", "raise ValueError('\\ud800 alone')\n"),
    (
        "control characters",
        "raise ValueError('\\x1b[31mred\\x00\\x07')\n",
    ),
    (
        "an interrupt by the code",
        "def f():\n    raise KeyboardInterrupt\nf()\n",
    ),
    (
        "an interrupt with a text",
        "raise KeyboardInterrupt('enough')\n",
    ),
    (
        "a text as exit status",
        "import sys\ndef f():\n    sys.exit('it failed')\nf()\n",
    ),
    ("an object as exit status", "raise SystemExit(['a', 1])\n"),
    ("a generator's exit", "raise GeneratorExit('out')\n"),
    ("a stop of iteration", "next(iter([]))\n"),
    ("a missing key", "{}['it is missing']\n"),
    ("a missing file", "open('/there/is/none')\n"),
    ("an encoding", "'日本'.encode('ascii')\n"),
    ("wrong arguments", "def f(a, *, b): pass\nf(1, 2, c=3)\n"),
    ("nothing to raise again", "raise\n"),
    ("what is no exception", "raise 'text'\n"),
    ("a cause that is none", "raise ValueError('x') from 5\n"),
    (
        "a base exception",
        "class Stop(BaseException): pass\nraise Stop('base')\n",
    ),
    // What it suggests.
    ("a misspelt built-in", "pritn(1)\n"),
    (
        "a misspelt global",
        "schwarzschild = 1\nprint(schwarschild)\n",
    ),
    (
        "a misspelt local",
        "def f():\n    counter = 1\n    return countr\nf()\n",
    ),
    ("a misspelt attribute", "'x'.uper()\n"),
    (
        "an attribute of an instance",
        "class C:\n    def __init__(self): self.blech = 1\nC().bluch\n",
    ),
    (
        "a forgotten self",
        "class C:\n    def __init__(self): self.blech = 1\n    def m(self): return blech\nC().m()\n",
    ),
    (
        "a misspelt name of a module",
        "import math\nmath.sqroot(2)\n",
    ),
    ("a misspelt import", "from math import sqroot\n"),
    ("a forgotten import", "print(math.pi)\n"),
    ("a module that is not there", "import maths_of_mine\n"),
    ("a package that is none", "import json.nothing\n"),
    ("an unset local", "def f():\n    print(x)\n    x = 1\nf()\n"),
    (
        "an unset free name",
        "def f():\n    def g(): return y\n    g()\n    y = 1\nf()\n",
    ),
    // In other code.
    (
        "an imported module",
        "open('divides.py', 'w').write('def f():\\n    return 1 / 0\\n')\nimport divides\ndivides.f()\n",
    ),
    (
        "a module that fails",
        "open('fails.py', 'w').write('import json\\n\\n\\n1 / 0')\nimport fails\n",
    ),
    (
        "a module with wrong syntax",
        "open('wrong.py', 'w').write('x = 1\\ndef f(:\\n')\nimport wrong\n",
    ),
    (
        "a module with a line separator",
        "open('lines.py', 'w', encoding='utf-8').write('s = \"a\\u2028b\"\\nt = 2\\n1 / 0\\n')\nimport lines\n",
    ),
    (
        "a module that imports one",
        "open('one.py', 'w').write('import two\\n')\nopen('two.py', 'w').write('from math import nothing\\n')\nimport one\n",
    ),
    ("a string that is run", "exec('x = 1\\n1/0\\n')\n"),
    (
        "a string that is evaluated",
        "eval('1 +\\n 1/0'.replace('\\n', ''))\n",
    ),
    ("a string with wrong syntax", "exec('x = = 1')\n"),
    ("a string with a return", "exec('x = 1\\nreturn x\\n')\n"),
    (
        "a string that is compiled",
        "code = compile('def f():\\n    1/0\\nf()\\n', '<made>', 'exec')\nexec(code)\n",
    ),
    ("a number that is parsed", "int('x' * 5)\n"),
    ("JSON", "import json\njson.loads('{')\n"),
    ("a regular expression", "import re\nre.compile('(')\n"),
    (
        "an abstract class",
        "import abc\nclass A(abc.ABC):\n    @abc.abstractmethod\n    def m(self): pass\nA()\n",
    ),
    (
        "a dataclass",
        "from dataclasses import dataclass\n@dataclass\nclass P:\n    x: int\n    y: list = []\n",
    ),
    (
        "an enumeration",
        "import enum\nclass C(enum.Enum):\n    RED = 1\nC(3)\n",
    ),
    (
        "a sorted list",
        "sorted([3, 'a', None], key=lambda x: x + 1)\n",
    ),
    // Reported by the code itself.
    (
        "a printed traceback",
        "import traceback\ntry:\n    1/0\nexcept ZeroDivisionError:\n    traceback.print_exc()\n",
    ),
    (
        "a printed stack",
        "import traceback\ndef f():\n    traceback.print_stack()\nf()\n",
    ),
    (
        "a logged exception",
        "import logging\ntry:\n    1/0\nexcept ZeroDivisionError:\n    logging.exception('it failed')\n",
    ),
    (
        "the hook itself",
        "import sys\ntry:\n    1/0\nexcept ZeroDivisionError:\n    sys.excepthook(*sys.exc_info())\n",
    ),
    (
        "a thread that fails",
        "import threading\ndef f():\n    1/0\nt = threading.Thread(target=f)\nt.start(); t.join()\n",
    ),
    (
        "a finalizer that fails",
        "class C:\n    def __del__(self): 1/0\nC()\n",
    ),
    (
        "a callback that fails",
        "import weakref\nclass C: pass\nc = C()\ndef gone(r): raise ValueError('gone')\nr = weakref.ref(c, gone)\ndel c\n",
    ),
];

/// Syntax errors, and what else the compiler says.
pub const SYNTAX: &[(&str, &str)] = &[
    ("nothing after an operator", "x = 1 +"),
    ("nothing after an operator, and a newline", "x = 1 +\n"),
    ("two operators", "x = 1\ny = 2 = = 3\n"),
    (
        "a parenthesis that is not closed",
        "x = 1\nprint((1, 2)\ny = 3\n",
    ),
    ("a parenthesis that is not opened", "x = 1\nprint(1))\n"),
    ("parentheses that don't match", "x = (1, [2, 3)\n"),
    ("a bracket that is not closed at the end", "x = [1,\n2,\n"),
    ("a string that is not closed", "x = 1\nprint('text)\n"),
    (
        "a triple-quoted string that is not closed",
        "x = 1\ny = '''text\nmore\n",
    ),
    ("an f-string that is wrong", "x = f'{1 +}'\n"),
    ("an f-string that is not closed", "x = f'{1'\n"),
    ("a colon that is missing", "if True\n    pass\n"),
    ("a block that is missing", "def f():\nx = 1\n"),
    ("a block that is missing at the end", "for x in y:"),
    ("an unexpected indent", "x = 1\n    y = 2\n"),
    (
        "an indent that fits none",
        "if True:\n        x = 1\n    y = 2\n",
    ),
    ("tabs and spaces", "if True:\n        x = 1\n\ty = 2\n"),
    ("a tab before the error", "if True:\n\tx = = 1\n"),
    ("wide characters before the error", "名 = '日本'; x = = 1\n"),
    (
        "a form feed before the syntax error",
        "x = 1\n\u{c}y = = 1\n",
    ),
    ("a line separator before it", "s = 'a\u{2028}b'\ny = = 1\n"),
    ("a quotation mark of typography", "print(“text”)\n"),
    ("a character that is none of Python's", "x = 1 € 2\n"),
    ("a space that does not break", "x =\u{a0}1\n"),
    ("a return outside", "x = 1\nreturn x\n"),
    ("a return outside, no final newline", "x = 1\nreturn x"),
    ("a return in a class", "class C:\n    return 1\n"),
    ("a yield outside", "x = 1\nyield x\n"),
    ("a break outside", "x = 1\nbreak\n"),
    ("a continue outside", "if 1:\n    continue\n"),
    ("a nonlocal outside", "nonlocal x\n"),
    ("a nonlocal that is not there", "def f():\n    nonlocal x\n"),
    (
        "a global after its use",
        "def f():\n    x = 1\n    global x\n",
    ),
    ("an argument twice", "def f(a, a): pass\n"),
    ("a keyword twice", "f(a=1, a=2)\n"),
    ("a default before none", "def f(a=1, b): pass\n"),
    ("an argument after a keyword", "f(a=1, 2)\n"),
    ("a target that is none", "1 = x\n"),
    ("a call as a target", "f() = 1\n"),
    ("a comparison as a target", "if x = 3: pass\n"),
    ("None as a target", "None = 1\n"),
    ("a deletion of a call", "del f()\n"),
    ("a keyword as a name", "class = 1\n"),
    ("print without parentheses", "print 'hello'\n"),
    ("exec without parentheses", "exec 'x'\n"),
    (
        "except with a comma",
        "try:\n    pass\nexcept ValueError, e:\n    pass\n",
    ),
    ("a try alone", "try:\n    x = 1\ny = 2\n"),
    ("an else alone", "x = 1\nelse:\n    pass\n"),
    ("a star that is wrong", "*x\n"),
    ("stars in a target", "*a, *b = 1, 2\n"),
    ("a number that is wrong", "x = 1_000_\n"),
    ("an octal of old", "x = 0777\n"),
    ("a number with letters", "x = 12ab\n"),
    ("an escape that is wrong", "x = '\\N{NO SUCH NAME}'\n"),
    ("a hexadecimal escape", "x = b'\\x1'\n"),
    ("bytes that are not ASCII", "x = b'é'\n"),
    ("a backslash and a space", "x = 1 + \\ \n    2\n"),
    ("a backslash at the end", "x = 1 + \\"),
    ("a walrus that is wrong", "[i := 0 for i in range(3)]\n"),
    ("an annotation that is wrong", "(a, b): int = 1\n"),
    ("a future that is none", "from __future__ import nothing\n"),
    (
        "a future that is late",
        "x = 1\nfrom __future__ import annotations\n",
    ),
    (
        "a star import in a function",
        "def f():\n    from math import *\n",
    ),
    ("a comprehension without brackets", "f(x for x in y, 1)\n"),
    ("a dictionary that is wrong", "x = {1: 2, 3}\n"),
    ("a forgotten comma", "x = [1, 2 3]\n"),
    (
        "a forgotten comma between lines",
        "x = {\n    'a': 1\n    'b': 2\n}\n",
    ),
    ("a misspelt keyword", "x = 1\nwhlie x:\n    pass\n"),
    (
        "invalid syntax in the middle of a function",
        "def f():\n    x = 1\n    y = (x x)\n    return y\n",
    ),
    ("too many parentheses", "x = @DEEP@1\n"),
    ("an await in a function", "def f():\n    await g()\n"),
    (
        "an async for in a function",
        "def f():\n    async for x in y: pass\n",
    ),
    ("a very long wrong line", "x = '@LONG@' = = 1\n"),
    (
        "a match that is wrong",
        "match 1:\n    case x: pass\n    case 2: pass\n",
    ),
    ("a warning of the compiler", "x = 1\nprint(x is 1)\n"),
    ("a warning, and no final newline", "x = 1\nx is 1"),
    ("an escape that is warned of", "x = '\\d'\nprint(x)\n"),
    ("an assertion that is always true", "assert (1, 'text')\n"),
    ("a call of a tuple", "x = [\n    (1, 2)\n    (3, 4)\n]\n"),
    (
        "a warning by the code",
        "import warnings\ndef f():\n    warnings.warn('careful')\nf()\n",
    ),
    (
        "a warning after a line separator",
        "import warnings\ns = 'a\u{2028}b'\nt = 2\nwarnings.warn('careful')\n",
    ),
    (
        "a warning of what is deprecated",
        "import warnings\nwarnings.warn('old', DeprecationWarning)\n",
    ),
    (
        "a coroutine that nobody awaits",
        "async def f(): pass\nf()\n",
    ),
    (
        "a warning that is an error",
        "import warnings\nwarnings.simplefilter('error')\nwarnings.warn('careful')\n",
    ),
];

/// What only newer Pythons can do.
pub const NEWER: &[(u32, &str, &str)] = &[
    (
        11,
        "a group",
        "raise ExceptionGroup('many', [ValueError('one'), TypeError('two')])\n",
    ),
    (
        11,
        "a nested group",
        "def f(n): raise ValueError(n)\ndef caught(n):\n    try: f(n)\n    except ValueError as e: return e\nraise ExceptionGroup('out', [caught(1), ExceptionGroup('in', [caught(2), KeyError(3)])])\n",
    ),
    (
        11,
        "a group with a cause",
        "try:\n    1/0\nexcept ZeroDivisionError as e:\n    raise ExceptionGroup('many', [ValueError('one')]) from e\n",
    ),
    (
        11,
        "a wide group",
        "raise ExceptionGroup('wide', [ValueError(n) for n in range(20)])\n",
    ),
    (
        11,
        "a deep group",
        "e = ValueError('bottom')\nfor n in range(15): e = ExceptionGroup(str(n), [e])\nraise e\n",
    ),
    (
        11,
        "what except* leaves",
        "try:\n    raise ExceptionGroup('many', [ValueError('one'), TypeError('two')])\nexcept* ValueError:\n    pass\n",
    ),
    (
        11,
        "a suggestion in a group",
        "def caught():\n    try: pritn\n    except NameError as e: return e\nraise ExceptionGroup('many', [caught(), caught()])\n",
    ),
    (
        11,
        "notes",
        "e = ValueError('noted')\ne.add_note('first note')\ne.add_note('second\\nof two lines')\nraise e\n",
    ),
    (
        11,
        "notes of a wrong type",
        "e = ValueError('noted')\ne.__notes__ = 5\nraise e\n",
    ),
    (
        11,
        "a note and a suggestion",
        "try:\n    pritn\nexcept NameError as e:\n    e.add_note('a note')\n    raise\n",
    ),
    (
        11,
        "notes in a chain",
        "try:\n    1/0\nexcept ZeroDivisionError as e:\n    e.add_note('deep')\n    raise ValueError('out') from e\n",
    ),
    (
        11,
        "a task group",
        "import asyncio\nasync def a(): raise ValueError('a')\nasync def main():\n    async with asyncio.TaskGroup() as g:\n        g.create_task(a())\nasyncio.run(main())\n",
    ),
    (12, "an f-string of lines", "x = f'''{\n1/0\n}'''\n"),
    (
        12,
        "quotes in an f-string",
        "x = {'a': 1}\nprint(f'{x['b']}')\n",
    ),
    (
        12,
        "a type parameter",
        "def f[T](x: T) -> T:\n    return x / 0\nf(1)\n",
    ),
    (
        10,
        "a match statement",
        "match [1, 0]:\n    case [a, b]:\n        a / b\n",
    ),
    (
        10,
        "keywords in parentheses",
        "with (\n    open('there is none') as a,\n    open('nor here') as b,\n):\n    pass\n",
    ),
];

/// A program with what is too long to stand in the table.
pub fn whole(program: &str) -> String {
    program
        .replace("@LONG@", &"a long text ".repeat(400))
        .replace("@DEEP@", &"(".repeat(250))
}

/// What reads differently up to this minor version, but for its last line: the interpreter reads a file in pieces, and marks some
/// errors elsewhere than in a text; its C code until 3.11 counts calls that a program has not made.
pub const DIFFERENT: &[(&str, u32)] = &[
    ("a block that is missing at the end", u32::MAX),
    ("a very long wrong line", u32::MAX),
    ("wide characters before the error", 12),
    ("bytes that are not ASCII", 12),
    ("recursion without an end", 11),
    ("a bracket that is not closed at the end", 9),
    ("a triple-quoted string that is not closed", 9),
    ("a backslash at the end", 9),
];
