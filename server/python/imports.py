# What the standard library's modules are told of cells and of the client, once user code imports them.


def know_all_cells(linecache):
    """`linecache` was just imported."""
    for name, source in cells.items():
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)


def find_classes_too(inspect):
    """`inspect` was just imported: a class of a cell has the file that its methods have."""
    getfile = inspect.getfile

    def getfile_of_cells(object):
        if isinstance(object, type) and object.__module__ == "__main__":
            for name, member in vars(object).items():
                code = getattr(getattr(member, "__func__", member), "__code__", None)
                if code is not None and code.co_filename in cells:
                    return code.co_filename
            for name in reversed(list(cells)):
                if "class " + object.__name__ in cells[name]:
                    return name
        return getfile(object)

    inspect.getfile = getfile_of_cells


def ask_quietly(getpass):
    """`getpass` was just imported: the client is the terminal."""
    fallback = getpass.getpass
    getpass.getpass = lambda prompt="Password: ", stream=None, **options: (
        ask_password(prompt) if sys.stdin is own["stdin"] else fallback(prompt, stream)
    )


def remember_submitters(thread):
    """`concurrent.futures.thread` was just imported: what an executor's thread does is done for who asked for it."""
    item = thread._WorkItem
    begin_item, run_item = item.__init__, item.run

    def __init__(self, *arguments, **options):
        begin_item(self, *arguments, **options)
        self.codecell_run = current_run()

    def run(self, *arguments):
        return in_run(self.codecell_run, run_item, self, *arguments)

    item.__init__, item.run = __init__, run


def remember_callers(futures):
    """`concurrent.futures._base` was just imported: a callback is its giver's, whichever thread calls it."""
    add = futures.Future.add_done_callback
    futures.Future.add_done_callback = lambda self, fn: add(self, of_this_run(fn))


def remember_askers(events):
    """`asyncio.base_events` was just imported: what another thread's loop is asked for is the asker's, with all of its tasks."""
    global asked_by
    from _contextvars import ContextVar, copy_context  # a shared library, a quarter of a millisecond

    asked_by = ContextVar("codecell_run", default=0)
    ask = events.BaseEventLoop.call_soon_threadsafe

    def call_soon_threadsafe(self, callback, *arguments, context=None):
        if self._thread_id not in (None, MAIN):
            context = copy_context() if context is None else context.copy()
            context.run(asked_by.set, current_run())
        return ask(self, callback, *arguments, context=context)

    events.BaseEventLoop.call_soon_threadsafe = call_soon_threadsafe


def remember_pools_callers(pool):
    """`multiprocessing.pool` was just imported: the same for the functions and the callbacks of its pools."""
    begin_result = pool.ApplyResult.__init__

    def __init__(self, owner, callback, error_callback):
        begin_result(self, owner, of_this_run(callback), of_this_run(error_callback))

    pool.ApplyResult.__init__ = __init__

    def remembering(method):
        return lambda self, func, *arguments, **options: method(self, of_this_run(func), *arguments, **options)

    for name in ("apply_async", "_map_async", "imap", "imap_unordered"):
        setattr(pool.ThreadPool, name, remembering(getattr(pool.ThreadPool, name)))


def fork_by_default(context):
    """`multiprocessing.context` was just imported: only a forked child has what cells define (Linux, from 3.14 on)."""
    default = context._default_context
    if default._default_context.get_start_method() == "forkserver":
        default._default_context = context._concrete_contexts["fork"]


def refuse_what_children_lack(pool):
    """`multiprocessing.pool` was just imported: a pool whose children lack what cells define says so.

    They would die of it one after the other, and the pool would wait for ever.
    """
    from multiprocessing.reduction import ForkingPickler

    set_up = pool.Pool._setup_queues

    class Pickler(ForkingPickler):
        def reducer_override(self, object):
            if isinstance(object, (type, type(set_up))) and object.__module__ == "__main__":
                raise TypeError(
                    "a process of this pool does not have %s, which a cell has defined: "
                    "use multiprocessing's start method 'fork', or put it into a module" % object.__qualname__
                )
            return NotImplemented

    def _setup_queues(self):
        set_up(self)
        if self._ctx.get_start_method() != "fork":
            writer = self._inqueue._writer
            self._quick_put = lambda task: writer.send_bytes(Pickler.dumps(task))

    pool.Pool._setup_queues = _setup_queues


def adapt_pools(pool):
    """What `multiprocessing.pool` needs."""
    remember_pools_callers(pool)
    refuse_what_children_lack(pool)


AFTER_IMPORT = {
    "linecache": know_all_cells,
    "inspect": find_classes_too,
    "getpass": ask_quietly,
    "concurrent.futures.thread": remember_submitters,
    "concurrent.futures._base": remember_callers,
    "asyncio.base_events": remember_askers,
    "multiprocessing.context": fork_by_default,
    "multiprocessing.pool": adapt_pools,
}


class AfterImport:
    """A finder that lets the real ones find, and calls what AFTER_IMPORT has once the module is there."""

    @staticmethod
    def find_spec(name, path=None, target=None):
        adapt = AFTER_IMPORT.get(name)
        if adapt is None:
            return None
        for finder in sys.meta_path:
            find = None if finder is AfterImport else getattr(finder, "find_spec", None)
            spec = None if find is None else find(name, path, target)
            if spec is not None:
                break
        else:
            return None
        if of_the_library(name, spec.origin):
            execute = spec.loader.exec_module

            def exec_module(module):
                execute(module)
                adapt(module)

            spec.loader.exec_module = exec_module
        return spec


def of_the_library(name, origin):
    """Whether a file is the standard library's: user code may have a getpass.py of its own."""
    return origin == os.path.dirname(os.__file__) + "/" + name.replace(".", "/") + ".py"


def adapt_what_is_there():
    """The same for what was imported before the finder was there."""
    for name, adapt in AFTER_IMPORT.items():
        if name in sys.modules:
            adapt(sys.modules[name])
