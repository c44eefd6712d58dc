# The thread that watches a cell run. After streams.py, in the same namespace.

# A tick, and the wait when the main thread is just writing; what makes a burst in a tick, and what
# no longer is one; the tick and count of a calm cell.
TICK_SECONDS = 0.005
RETRY_SECONDS = 0.0002
BURST_FRAMES = 100
BURST_OVER_BYTES = 512
CALM_SECONDS = 0.02
CALM_TICKS = 20

start_thread = _thread.start_new_thread
governor = None


class Governor:
    """While a cell runs: shows text without a newline, eases line buffering in a burst, repeats an interrupt."""

    def __init__(self):
        self.stop = _thread.allocate_lock()
        self.stop.acquire()
        start_thread(self.watch, ())

    def watch(self):
        channel.governor = get_ident()
        calm = 0
        seen, seen_bytes = channel.frames, channel.bytes
        looked = seen
        pause = TICK_SECONDS
        while not self.stop.acquire(timeout=pause):
            if interrupts.due:
                os.kill(interrupts.pid, 2)
            if channel.unsent():
                channel.pump()  # somebody waits, or left: no flush, it would only wait as well
                # Writing goes on: it will soon pause. Where it does not, the reader is slow, and nothing helps.
                moved, looked = channel.frames != looked, channel.frames
                pause = RETRY_SECONDS if moved else TICK_SECONDS
                continue
            if not turn.acquire(False):
                continue  # somebody writes, and may have to wait
            try:
                flush()
                frames, seen = channel.frames - seen, channel.frames
                count, seen_bytes = channel.bytes - seen_bytes, channel.bytes
                calm = 0 if frames else calm + 1
                pause = CALM_SECONDS if calm > CALM_TICKS else TICK_SECONDS
                if not usable(own["stdout"]):
                    continue
                if own["stdout"].line_buffering:
                    if frames > BURST_FRAMES:
                        line_buffered(False)
                elif count < BURST_OVER_BYTES:
                    line_buffered(True)
            finally:
                turn.release()

    def end(self):
        """Ends the watch; the thread goes by itself."""
        self.stop.release()


def watch_again():
    """Starts the governor anew. At the limit of threads there is none: what has no newline then waits for one."""
    global governor
    try:
        governor = Governor()
    except RuntimeError:
        governor = None
