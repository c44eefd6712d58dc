# Whose output a thread's is. Before streams.py, in the same namespace.
#
# A thread that an earlier run left behind is not heard in a later one, whether it prints or writes to sys.stdout.buffer
# or by os.write; nor when its run's own code is over, or it could hold up the end of the run for ever. What a child process
# or C code writes comes by a pipe without a name on it: it shows in whichever run there is.

from _thread import get_ident

thread_runs = {}  # thread -> the run that started it
ending = False  # the run's own code is over: what threads begin to write is not heard
asked_by = None  # once there is asyncio, a variable of its tasks: the run that asked another thread's loop for this, or 0


def current_run():
    """The run that this thread works for."""
    asker = asked_by.get() if asked_by else 0
    return asker or thread_runs.get(get_ident(), channel.run)


def stale():
    """Whether this thread works for an earlier run: what it writes must not get into this one."""
    return current_run() != channel.run


def hushed():
    """Whether nothing is wanted of this thread any more: it works for an earlier run, or for one that is about to end."""
    return stale() or (ending and get_ident() in thread_runs)


def in_run(run, function, *arguments, **options):
    """Calls a function for a run, which need not be the one that started this thread."""
    thread = get_ident()
    before = thread_runs.get(thread)
    if before is None:  # the main thread, or one that nobody counted
        return function(*arguments, **options)
    thread_runs[thread] = run
    asked = asked_by.set(0) if asked_by else None
    try:
        return function(*arguments, **options)
    finally:
        if asked:
            asked_by.reset(asked)
        thread_runs[thread] = before


def of_this_run(function):
    """A function that works for this run, whenever and by whichever thread it is called."""
    if not callable(function):
        return function
    run = current_run()
    return lambda *arguments, **options: in_run(run, function, *arguments, **options)


def counted(start):
    """`_thread`'s way to start a thread, made to remember the run that started it."""

    def start_counted(function, *rest, **named):
        run = current_run()
        share()

        def body(*arguments, **options):
            thread_runs[get_ident()] = run
            try:
                return function(*arguments, **options)
            finally:
                thread_runs.pop(get_ident(), None)

        return start(body, *rest, **named)

    start_counted.__name__ = start.__name__
    return start_counted
