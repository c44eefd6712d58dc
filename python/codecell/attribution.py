"""Which run the threads of executors, pools, queues and event loops work for, and where the errors of threads are shown.

These are changes to modules of the standard library, for `adapters.py` to make.
"""

from .interrupts import MAIN_THREAD

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .runs import Run, Runs


class Attribution:
    """The changes, by module name."""

    def __init__(self, runs: "Runs", show_late):
        self.runs = runs
        self.show_late = show_late
        self.by_module = {
            "concurrent.futures.thread": self.remember_submitters,
            "concurrent.futures._base": self.remember_callers,
            "asyncio.base_events": self.remember_askers,
            "queue": self.remember_putters,
            "threading": self.hear_threads,
        }

    def remember_submitters(self, thread):
        """What an executor's thread does is done for the run that asked for it."""
        item = thread._WorkItem
        begin_item, run_item = item.__init__, item.run
        runs = self.runs

        def __init__(self, *arguments, **options):
            begin_item(self, *arguments, **options)
            self.codecell_run = runs.of_this_thread()

        def run(self, *arguments):
            return runs.call_for(self.codecell_run, run_item, self, *arguments)

        item.__init__, item.run = __init__, run

    def remember_callers(self, futures):
        """A callback belongs to the run that has added it, whichever thread calls it."""
        add = futures.Future.add_done_callback
        futures.Future.add_done_callback = lambda future, fn: add(future, self.runs.bind(fn))

    def remember_askers(self, events):
        """What another thread's loop is asked for belongs to the run that asks, with all of its tasks."""
        from _contextvars import ContextVar, copy_context

        ask = events.BaseEventLoop.call_soon_threadsafe
        runs = self.runs
        asker: "ContextVar[Run | None]" = ContextVar("codecell_run", default=None)

        def call_soon_threadsafe(loop, callback, *arguments, context=None):
            if loop._thread_id not in (None, MAIN_THREAD):
                context = copy_context() if context is None else context.copy()
                context.run(asker.set, runs.of_this_thread())
            return ask(loop, callback, *arguments, context=context)

        events.BaseEventLoop.call_soon_threadsafe = call_soon_threadsafe
        runs.asker = asker

    def remember_putters(self, queue):
        """A thread that takes an item out of a queue works for the run that has put it there."""
        put, get = queue.Queue._put, queue.Queue._get
        runs = self.runs

        def _put(self, item):
            put(self, item)
            self.__dict__.setdefault("_codecell_runs", []).append(runs.of_this_thread())

        def _get(self):
            item = get(self)
            waiting = self.__dict__.get("_codecell_runs")
            if waiting:
                runs.take_over(waiting.pop(0))
            return item

        queue.Queue._put, queue.Queue._get = _put, _get

    def hear_threads(self, threading):
        """A thread that the present run waits for belongs to it; an error that ends any other is shown as well."""
        join, excepthook = threading.Thread.join, threading.excepthook
        runs, show_late = self.runs, self.show_late

        def join_thread(self, timeout=None):
            """Wait until the thread terminates."""
            runs.adopt(self.ident)
            return join(self, timeout)

        def show_error(args, /):
            """Handle uncaught Thread.run() exception."""
            if not runs.is_stale() or args.exc_type is SystemExit:
                excepthook(args)
            elif runs.current.id:
                runs.call_for(runs.current, excepthook, args)
            else:
                show_late(args)

        join_thread.__name__, join_thread.__qualname__ = "join", "Thread.join"
        threading.Thread.join = join_thread
        threading.excepthook = show_error

    def remember_pools_callers(self, pool):
        """The functions and callbacks of thread pools belong to the run that has given them."""
        begin_result = pool.ApplyResult.__init__
        bind = self.runs.bind

        def __init__(self, owner, callback, error_callback):
            begin_result(self, owner, bind(callback), bind(error_callback))

        def remembering(method):
            return lambda self, func, *arguments, **options: method(self, bind(func), *arguments, **options)

        methods = {
            name: remembering(getattr(pool.ThreadPool, name))
            for name in ("apply_async", "_map_async", "imap", "imap_unordered")
        }
        pool.ApplyResult.__init__ = __init__
        for name, method in methods.items():
            setattr(pool.ThreadPool, name, method)
