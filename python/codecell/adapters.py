"""Small changes to modules of the standard library, each made after user code has imported the module.

Most touch private names. A name that a later CPython has not any more costs that one feature, and a line in the log.
"""

import os
import sys
from _functools import partial

from .after_import import AfterImport
from .attribution import Attribution
from .hiding import hide_from_debuggers, hide_in_tracebacks

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .importer import Importer
    from .runs import Runs
    from .sources import Sources
    from .stdin import Stdin


LIBRARY = os.path.dirname(os.__file__)
LACKING = (
    "a process of this pool does not have %s, which a cell has defined: "
    "use multiprocessing's start method 'fork', or put it into a module"
)


class Adapters:
    """The changes, by module name. `warn` takes a line for the log."""

    def __init__(
        self,
        importer: "Importer",
        sources: "Sources",
        runs: "Runs",
        stdin: "Stdin",
        before_tracing,
        idle_loop,
        show_late,
        warn,
    ):
        self.attribution = Attribution(runs, show_late)
        self.sources = sources
        self.stdin = stdin
        self.before_tracing = before_tracing
        self.idle_loop = idle_loop
        self.warn = warn
        self.by_module = {
            **self.attribution.by_module,
            "traceback": partial(hide_in_tracebacks, importer.owns),
            "bdb": partial(hide_from_debuggers, importer.owns),
            "cProfile": self.notice_profiler,
            "linecache": self.show_cells,
            "inspect": self.find_classes,
            "getpass": self.ask_client,
            "asyncio.tasks": self.begin_tasks,
            "multiprocessing.context": self.fork_by_default,
            "multiprocessing.pool": self.adapt_pools,
            "concurrent.futures.process": refuse_what_spawned_lack,
        }

    def install(self):
        """Adapts what is imported already, and the others once they are."""
        AfterImport(self.by_module, self.adapt, is_of_library).install()

    def adapt(self, name, module):
        """Makes the change for a module."""
        try:
            self.by_module[name](module)
        except Exception as error:
            self.warn(
                "the module %s of Python %d.%d could not be adapted (%s: %s): the feature `%s` is lost"
                % (name, *sys.version_info[:2], type(error).__name__, error, name_of(self.by_module[name]))
            )

    def notice_profiler(self, profile):
        """Up to Python 3.11 it does not turn itself on by way of `sys`."""
        before_tracing = self.before_tracing

        enable_profiler = profile.Profile.enable

        def enable(self, *arguments, **options):
            before_tracing()
            return enable_profiler(self, *arguments, **options)

        profile.Profile.enable = enable

    def show_cells(self, linecache):
        """The lines of cells, also after the cache was cleared."""
        self.sources.publish(linecache)
        clear = linecache.clearcache

        def clearcache():
            """Clear the cache entirely."""
            clear()
            self.sources.publish(linecache)

        linecache.clearcache = clearcache

    def find_classes(self, inspect):
        """A class of a cell has the file that its methods have."""
        getfile = inspect.getfile

        def getfile_of_cells(object):
            if isinstance(object, type) and object.__module__ == "__main__":
                for member in vars(object).values():
                    code = getattr(getattr(member, "__func__", member), "__code__", None)
                    if code is not None and code.co_filename in self.sources:
                        return code.co_filename
                name = self.sources.find_class(object.__name__)
                if name is not None:
                    return name
            return getfile(object)

        inspect.getfile = getfile_of_cells

    def ask_client(self, getpass):
        """The client is the terminal."""
        fallback = getpass.getpass

        def getpass_of_client(prompt="Password: ", stream=None, **options):
            if sys.stdin is self.stdin.text:
                return self.stdin.read_line(prompt, is_password=True)
            return fallback(prompt, stream, **options)

        getpass.getpass = getpass_of_client

    def begin_tasks(self, tasks):
        """A cell without `await` can begin a task, as in a notebook: it goes on after the cell."""
        create, ensure = tasks.create_task, tasks.ensure_future
        is_running = tasks.events._get_running_loop
        is_future = tasks.futures.isfuture
        idle_loop = self.idle_loop

        def create_task(coro, **options):
            """Schedule the execution of a coroutine object in a spawn task."""
            loop = None if is_running() else idle_loop()
            if loop is None:
                return create(coro, **options)
            name = options.pop("name", None)
            task = loop.create_task(coro, **options)
            if name is not None:
                task.set_name(name)
            return task

        def ensure_future(coro_or_future, *, loop=None):
            """Wrap a coroutine or an awaitable in a future."""
            if loop is None and not is_running() and not is_future(coro_or_future):
                loop = idle_loop()
            return ensure(coro_or_future, loop=loop)

        tasks.create_task, tasks.ensure_future = create_task, ensure_future

    def fork_by_default(self, context):
        """Only a forked child has what cells define, and on Linux `forkserver` is the default from Python 3.14 on."""
        default = context._default_context
        if default._default_context.get_start_method() == "forkserver":
            default._default_context = context._concrete_contexts["fork"]

    def adapt_pools(self, pool):
        """What `multiprocessing.pool` needs."""
        self.attribution.remember_pools_callers(pool)
        refuse_what_children_lack(pool)


def refuse_what_children_lack(pool):
    """A pool whose children lack what cells define says so: they would die of it one by one, and the pool would wait."""
    set_up = pool.Pool._setup_queues
    functions = (type, type(set_up))
    picklers = []

    def dumps(task):
        if not picklers:
            # Not by an import of our own, which would load another one.
            ForkingPickler = sys.modules["multiprocessing.reduction"].ForkingPickler

            class Pickler(ForkingPickler):
                def reducer_override(self, object):
                    if isinstance(object, functions) and object.__module__ == "__main__":
                        raise TypeError(LACKING % object.__qualname__)
                    return NotImplemented

            picklers.append(Pickler)
        return picklers[0].dumps(task)

    def _setup_queues(self):
        set_up(self)
        if self._ctx.get_start_method() != "fork":
            writer = self._inqueue._writer
            self._quick_put = lambda task: writer.send_bytes(dumps(task))

    pool.Pool._setup_queues = _setup_queues


def refuse_what_spawned_lack(process):
    """The same for an executor of processes that are not forked, which would only say that its pool is broken."""
    submit = process.ProcessPoolExecutor.submit

    def submit_what_children_have(self, fn, /, *arguments, **options):
        function = fn
        while type(function).__name__ == "partial":  # `map` hands on its function so
            function = (
                function.args[0] if function.args and function.func.__module__ == process.__name__ else function.func
            )
        if getattr(function, "__module__", "") == "__main__" and self._mp_context.get_start_method() != "fork":
            raise TypeError(LACKING % getattr(function, "__qualname__", function))
        return submit(self, fn, *arguments, **options)

    process.ProcessPoolExecutor.submit = submit_what_children_have


def is_of_library(name, origin):
    """Whether a file is the standard library's: user code may have a getpass.py of its own."""
    return origin == LIBRARY + "/" + name.replace(".", "/") + ".py"


def name_of(function):
    """The name of a function, also where some of its arguments are there already."""
    return getattr(function, "func", function).__name__
