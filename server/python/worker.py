# Runs cells: one process, one context. After all the other parts, in the same namespace.
#
#   bootstrap ─► READY ─► prepare: site ─► PREPARED ─► EXECUTE ─► … ─► COMPLETED ─► EXECUTE …
#                      └─ PLACE: now, if it is there, or else ─┘ here

import _signal

TOP_LEVEL_AWAIT = 0x2000
CO_COROUTINE = 0x80
# Every `from __future__` flag; they hold on for later cells, as at a prompt.
FUTURES = 0x1FE0000
LARGEST_TEXT = 4 << 20
FLAG_STDIN = 1

user = type(sys)("__main__", None)
user.__dict__["__builtins__"] = builtins
cells = {}  # file name -> source
loop = None
futures = 0
directory = ""  # where the worker was placed: imports look there first
prepared = False


def file_name():
    """The name of the next cell; what people see of the newest is `<stdin>`."""
    return "<stdin %d>" % (len(cells) + 1)


def remember(name, source):
    """Keeps a cell's lines where tracebacks, warnings and `inspect` look for them."""
    cells[name] = source
    linecache = sys.modules.get("linecache")
    if linecache is not None:
        linecache.cache[name] = (len(source), None, source.splitlines(True), name)


def prepare():
    """What user code may count on, made ready before it runs."""
    global prepared
    _thread.start_new_thread = counted(_thread.start_new_thread)
    _thread.start_new = _thread.start_new_thread
    if hasattr(_thread, "start_joinable_thread"):
        _thread.start_joinable_thread = counted(_thread.start_joinable_thread)
    import _posixsubprocess

    _posixsubprocess.fork_exec = flushed(_posixsubprocess.fork_exec)
    for name in ("system", "posix_spawn", "posix_spawnp", "execv", "execve"):
        if hasattr(os, name):
            setattr(os, name, flushed(getattr(os, name)))
    os.write = write_in_order
    for name in ("fork", "forkpty"):
        if hasattr(os, name):
            setattr(os, name, forked_alone(getattr(os, name)))
    os.register_at_fork(before=flush, after_in_child=in_child)
    sys.meta_path.insert(0, AfterImport)
    adapt_what_is_there()
    sys.modules["__main__"] = user
    sys.argv = [""]
    import site

    site.main()
    packages = os.environ.pop("CODECELL_PACKAGES", None)
    sys.path[0:0] = [directory, packages] if packages else [directory]
    import faulthandler

    faulthandler.register(_signal.SIGUSR1, stack_descriptor, all_threads=False)
    prepared = True
    channel.send(PREPARED)


def place(wanted):
    """Takes a working directory, and imports from there."""
    global directory
    try:
        os.chdir(wanted)
        directory = os.getcwd()
        if prepared:
            sys.path[0] = directory
        channel.send(PLACED, os.fsencode(directory))
    except OSError as error:
        channel.send(MISPLACED, (error.strerror or str(error)).encode())


def words(payload):
    """The parts of a payload, each after its length."""
    offset = 0
    while offset < len(payload):
        (length,) = LENGTH.unpack_from(payload, offset)
        offset += LENGTH.size
        yield payload[offset : offset + length].decode("utf-8", "surrogatepass")
        offset += length


LENGTH = _struct.Struct("<I")


def run_cell(run, payload):
    """One execution, from EXECUTE to COMPLETED."""
    global ending, governor, stdin_offered
    flush()
    open_streams()
    if not own["stdout"].line_buffering:
        line_buffered(True)
    commands.inbox.clear()
    begin(run)
    stdin_offered = bool(payload[0] & FLAG_STDIN)
    code, *pairs = words(payload[1:])
    interrupts.due = interrupts.raised = False
    watch_again()
    name = file_name()
    failure = None
    try:
        execute(code, name, zip(pairs[::2], pairs[1::2]))
    except BaseException as error:
        failure = None if ends_well(error) else error
    if os.getpid() != interrupts.pid:
        leave_child(failure, name)
    interrupts.due = False
    ending = True
    with turn:
        pass  # a thread may be writing
    if governor is not None:
        governor.end()
        governor = None
    for stream in (getattr(sys, "stdout", None), getattr(sys, "stderr", None)):
        try:
            stream.flush()
        except BaseException:  # whatever user code has put there
            pass
    flush()
    if failure is not None:
        report(failure, name)
    interrupted = interrupts.raised and issubclass(type(failure), KeyboardInterrupt)
    failure = None  # else it holds itself by its traceback, and all that its frames hold, until Python collects
    channel.send(COMPLETED, b"\1" if interrupted else b"\0")
    channel.run = 0


def execute(source, name, envs):
    """Compiles and runs a cell, with its environment variables."""
    global futures
    before = {}
    try:
        for key, value in envs:
            old = os.environ.get(key)
            os.environ[key] = value
            before.setdefault(key, old)
        remember(name, source)
        code = compile(source, name, "exec", TOP_LEVEL_AWAIT | futures, True)
        futures |= code.co_flags & FUTURES
        try:
            interrupts.executing = True
            if code.co_flags & CO_COROUTINE:
                run_awaiting(code)
            else:
                exec(code, user.__dict__)
        finally:
            interrupts.executing = False
    finally:
        for key, old in before.items():
            if old is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = old


async def kept(cell, outcome):
    """Runs a cell; keeps its error out of the task, which the error's own frames hold: neither would ever be free."""
    try:
        await cell
    except BaseException as error:
        outcome.append(error)


def run_awaiting(code):
    """Runs a cell with top-level `await` in the context's one persistent loop."""
    global loop
    import asyncio

    if loop is None or loop.is_closed():
        loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    outcome = []
    task = loop.create_task(kept(eval(code, user.__dict__), outcome))
    try:
        loop.run_until_complete(task)
    except BaseException as error:
        # A finished task must not be run again: run_until_complete would wait for ever.
        if not task.done():
            task.cancel()
            loop.run_until_complete(task)
        if not outcome:
            outcome.append(error)
        elif isinstance(outcome[0], asyncio.CancelledError):
            # An interrupt of the waiting loop doesn't know at which `await` the cell was.
            outcome[0] = error.with_traceback(in_cells(error.__traceback__) or in_cells(outcome[0].__traceback__))
    if outcome:
        raise outcome.pop()


def in_cells(trace):
    """A traceback from the first frame of a cell on."""
    while trace is not None and trace.tb_frame.f_code.co_filename not in cells:
        trace = trace.tb_next
    return trace


def ends_well(error):
    """Whether it is a SystemExit that means success. Code of the user's own may be asked, and fail."""
    try:
        code = error.code if issubclass(type(error), SystemExit) else 1
    except BaseException:
        return False
    return code is None or (type(code) in (int, bool) and not code)


CLASS_NAME = type.__dict__["__name__"]


def told(error, name):
    """Class name, message and traceback of an error, as Python itself would show them; none of it fails."""
    kind = str.__str__(CLASS_NAME.__get__(type(error)))
    try:
        value = str.__str__(str(error))
    except BaseException:
        value = "<exception str() failed>"
    try:
        text = formatted(error)
    except BaseException:
        text = "%s: %s\n" % (kind, value)
    if issubclass(type(error), SyntaxError):
        value = value.replace("(%s, line " % name, "(<stdin>, line ")
    lines = text.splitlines(True)
    for index, line in enumerate(lines):
        # A group's lines have a margin of bars. The user's own text keeps its words.
        if line.lstrip(" |").startswith('File "%s"' % name):
            lines[index] = line.replace(name, "<stdin>", 1)
    return kind, value, "".join(lines)


def report(error, name):
    """Sends an error frame."""
    payload = b""
    for part in told(error, name):
        part = part.encode("utf-8", "backslashreplace")
        if len(part) > LARGEST_TEXT:
            part = part[:LARGEST_TEXT] + b"\n[cut off here: %d bytes in all]\n" % len(part)
        payload += LENGTH.pack(len(part)) + part
    channel.send(ERROR, payload)


def formatted(error):
    """The traceback, from the first frame of a cell on, without the worker's own frames."""
    import traceback

    trace = in_cells(error.__traceback__)
    last = trace
    while last is not None and last.tb_next is not None:
        if last.tb_next.tb_frame.f_globals is globals():
            last.tb_next = None
        last = last.tb_next
    return "".join(traceback.format_exception(type(error), error, trace))


def main(channel_end, commands_end, acknowledgements_end, stack_end):
    """READY first: everything that takes time comes after it."""
    global channel, commands, os_write, stack_descriptor
    os_write = os.write
    channel = Channel(moved(channel_end), moved(acknowledgements_end))
    commands = Commands(moved(commands_end))
    stack_descriptor = moved(stack_end)
    _signal.signal(_signal.SIGINT, interrupts.handle)
    _signal.signal(_signal.SIGURG, interrupts.nudge)
    open_streams()
    channel.send(READY)
    command = commands.take(lambda command: command[0] == PLACE)
    if command is not None:  # one for whom the server waits already
        place(os.fsdecode(command[2]))
    prepare()
    while True:
        command = commands.take(lambda command: command[0] in (PLACE, EXECUTE))
        if command is None:
            wait_for(commands.descriptor, select.POLLIN, WAIT_MILLISECONDS if thread_runs else None)
        elif command[0] == PLACE:
            place(os.fsdecode(command[2]))
        else:
            run_cell(command[1], command[2])
