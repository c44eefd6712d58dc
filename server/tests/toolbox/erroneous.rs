//! Programs that end with an error or a warning, each in a way of its own.

mod newer;
mod syntax;

pub use newer::NEWER;
pub use syntax::SYNTAX;

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
    ("a module that is not there", "import _maths_of_mine\n"),
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
