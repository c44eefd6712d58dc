# Whose output a thread's is. Before streams.py, in the same namespace.

from _thread import get_ident

thread_runs = {}  # thread -> the run that started it


def counted(start):
    """`_thread`'s way to start a thread, made to remember the run that started it."""

    def start_counted(function, *rest, **named):
        run = thread_runs.get(get_ident(), channel.run)
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
