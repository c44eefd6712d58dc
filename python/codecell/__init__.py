"""What runs beside the user's code: one package for every host.

    importer.py     loads these modules, and the standard library, out of reach of user code
    trampoline.py   calls C functions with no Python frame of ours beneath them
    cells.py        runs cells: from the code to its results, error and end
    cell.py         compiles one cell and guards it: errors, interrupts and tracers end with the cell
    loop.py         the event loop of cells with `await`
    governor.py     the thread that watches a cell run
    failures.py     what becomes of errors
    sources.py      the text of cells, where tracebacks, `inspect` and debuggers look for it
    tracebacks.py   errors as CPython prints them, without our own frames
    frames.py       the same for programs: files, lines and columns
    printing.py     what the interpreter prints of errors by itself: the ends of tracebacks, and its hooks
    hints.py        one more line for errors whose reason lies in the sandbox
    flags.py        sys.flags as an ordinary Python's
    runs.py         which run a thread works for
    streams.py      sys.stdout and sys.stderr
    stdin.py        sys.stdin and input()
    processes.py    child processes
    pipes.py        pipes as their writer sees them
    interrupts.py   signals of the server
    adapters.py     small changes to modules of the standard library, each made after its import
    insight/        questions about a live namespace: completion, documentation, variables
    after_import.py calls a function once user code has imported a module
    results/        pictures, tables and values: what code shows beside text
    public.py       modules of the standard library that user code shares with us
    local/          what only the worker of codecell-server needs
    agent/          what only a stock Daytona toolbox needs: the client sends it there

A module imports another with `from .name import Name`. Names of the standard library that user code could replace
(`os.write`, `select.poll`) are imported when the module is loaded, before any user code runs.
"""
