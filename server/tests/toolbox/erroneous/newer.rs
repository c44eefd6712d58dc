//! Programs that need a newer Python than the oldest that is supported.

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
