# The thread that watches a cell run. After streams.py, in the same namespace.

# A tick, and the wait when the main thread is just writing; what in a tick no longer is a burst; the tick and
# count of a calm cell.
TICK_SECONDS = 0.005
RETRY_SECONDS = 0.0002
BURST_OVER_BYTES = 512
CALM_SECONDS = 0.02
CALM_TICKS = 20

start_thread = _thread.start_new_thread
governor = None


class Governor:
    """While a cell runs: shows text without a newline and what a burst left, ends a burst, repeats an interrupt."""

    def __init__(self):
        self.stop = _thread.allocate_lock()
        self.stop.acquire()
        start_thread(self.watch, ())

    def watch(self):
        channel.governor = get_ident()
        calm = 0
        channel.looked = looked = channel.frames
        seen_bytes = channel.bytes
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
                frames, channel.looked = channel.frames - channel.looked, channel.frames
                count, seen_bytes = channel.bytes - seen_bytes, channel.bytes
                calm = 0 if frames else calm + 1
                pause = CALM_SECONDS if calm > CALM_TICKS else TICK_SECONDS
                calmed = frames < BURST_FRAMES and count < BURST_OVER_BYTES
                if calmed and usable(own["stdout"]) and not own["stdout"].line_buffering:
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
