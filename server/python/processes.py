# Child processes: what was printed before them comes before them, and a forked one keeps off the channel.

# What a pipe with any room takes at once: a page.
PIECE = 4096


def flushed(call):
    """`call`, after everything printed so far is out."""

    def flushing(*arguments, **options):
        flush()
        return call(*arguments, **options)

    flushing.__name__ = call.__name__
    flushing.__doc__ = call.__doc__
    return flushing


def write_in_order(descriptor, data):
    """Write a bytes object to a file descriptor."""
    if descriptor != 1 and descriptor != 2:
        return os_write(descriptor, data)
    if get_ident() in thread_runs:
        return write_in_pieces(descriptor, memoryview(data).cast("B"))
    flush()
    return os_write(descriptor, data)


def write_in_pieces(descriptor, data):
    """Writes for a thread: in pieces that the pipe has room for, so that none is on its way when the run ends."""
    written = 0
    while written < len(data):
        wait_for(descriptor, select.POLLOUT)
        with turn:
            if hushed():
                return len(data)
            if wait_for(descriptor, select.POLLOUT, 0):
                flush()
                written += os_write(descriptor, data[written : written + PIECE])
    return written


write_in_order.__name__ = write_in_order.__qualname__ = "write"


def forked_alone(fork):
    """`fork` without the governor's thread, of which Python would warn, and which may hold a lock."""

    def forking():
        global governor
        if os.getpid() != interrupts.pid or governor is None:
            return fork()
        flush()
        governor.end()
        governor = None
        for _ in range(40):
            if _thread._count() == len(thread_runs):
                break
            select.select((), (), (), 0.0005)
        try:
            forked = fork()
        except OSError:
            watch_again()
            raise
        pid = forked[0] if isinstance(forked, tuple) else forked
        if pid != 0:
            watch_again()
        return forked

    forking.__name__ = fork.__name__
    forking.__doc__ = fork.__doc__
    return forking


def in_child():
    """A forked child writes to the pipes, and must not touch the channel."""
    for descriptor in (channel.descriptor, channel.acknowledgements, commands.descriptor, stack_descriptor):
        os.close(descriptor)
    take_turns_anew()
    line_buffered(True)


def leave_child(failure, name):
    """A child that user code forked has come to the end of the cell: it ends here, not in the worker's loop."""
    code = 0
    try:
        if failure is not None:
            code = failure.code if issubclass(type(failure), SystemExit) else 1
            code = code if isinstance(code, int) else 1
            own["stderr"].write(told(failure, name)[2])
        sys.stdout.flush()
    except BaseException:
        pass
    os._exit(code)
