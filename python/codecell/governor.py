"""The thread that watches a cell run."""

from _functools import partial
from _signal import SIG_BLOCK, SIG_SETMASK, pthread_sigmask, valid_signals
from _thread import _count as count_threads
from _thread import allocate_lock, get_ident, get_native_id
from _thread import start_new_thread as start_thread
from posix import F_OK, access, kill
from select import select

from .streams import BURST_FRAMES
from .trampoline import loop

TYPE_CHECKING = False
if TYPE_CHECKING:
    from _thread import LockType

    from .interrupts import Interrupts
    from .streams import Channel, Streams


SIGINT = 2
# How often it looks; how soon again when the main thread is just writing; what in that time is no burst any more; how
# often it looks at a calm cell, and after how many looks a cell is calm.
TICK_SECONDS = 0.005
RETRY_SECONDS = 0.0002
BURST_BYTES = 512
CALM_SECONDS = 0.02
CALM_TICKS = 20
# For the end of the thread: it comes at once, but for the time that the system takes.
WAIT_SECONDS = 0.0005
MOST_WAITS = 2000


class Governor:
    """While a cell runs: shows text without a newline and what a burst left, ends a burst, repeats an interrupt.

    `look` is what a host has to do every few milliseconds besides. The thread outlives its cell by one look: a cell that begins
    sooner has it as well, because a thread's start and end take longer than many a cell.
    """

    def __init__(self, channel: "Channel", streams: "Streams", interrupts: "Interrupts", look):
        self.look = look
        self.channel = channel
        self.streams = streams
        self.interrupts = interrupts
        self.stopper: "LockType | None" = None  # a lock that the thread waits for: it ends the thread at once
        self.seat = taken_lock()  # taken while a cell is watched; a thread that gets it ends
        self.beginning = []  # the locks of threads that have not begun: Python counts a thread once it has
        self.ids = []  # the system's ids of threads that may be there: Python counts a thread out before it is gone
        interrupts.protect(Governor.end)

    def is_running(self):
        """Whether a cell is watched."""
        return self.streams.is_watched

    def start(self):
        """Watches a cell. At the limit of threads nobody does: what has no newline then waits for one."""
        self.channel.frames_seen = self.channel.frames
        self.streams.is_watched = self.seat.acquire(False) or self.start_thread()

    def start_thread(self):
        """Starts the thread; false at the limit of threads."""
        stopper, seat = taken_lock(), taken_lock()
        self.beginning.append(stopper)
        mask = pthread_sigmask(SIG_BLOCK, ())
        try:
            # It inherits the mask: a signal that came just now would go to it, and not wake the main thread, which alone handles signals.
            pthread_sigmask(SIG_BLOCK, valid_signals())
            # While it waits it has no frame.
            start_thread(loop(self.ticks(stopper, seat)), ())
        except RuntimeError:
            self.beginning.remove(stopper)
            return False
        finally:
            pthread_sigmask(SIG_SETMASK, mask)
        self.stopper, self.seat = stopper, seat
        return True

    def stop(self):
        """Ends the watch; the thread goes by itself."""
        if self.is_running():
            self.streams.is_watched = False
            self.seat.release()

    def end(self, others):
        """The same, and waits until the thread is gone: until there are only so many others."""
        nested = self.interrupts.enter()
        try:
            self.stop()
            if self.stopper is not None and self.seat.acquire(False):
                self.stopper.release()
            for _ in range(MOST_WAITS):
                if not self.beginning and count_threads() <= others and not any(map(is_there, self.ids)):
                    break
                select((), (), (), WAIT_SECONDS)
        finally:
            self.interrupts.leave(nested)

    def ticks(self, stopper, seat):
        """The waits of the thread, for the trampoline: it goes on until one of them gets the lock."""
        channel, streams = self.channel, self.streams
        channel.impatient_threads.add(get_ident())
        self.ids = [*filter(is_there, self.ids), get_native_id()]
        self.beginning.remove(stopper)
        try:
            calm = 0
            frames = channel.frames
            bytes_seen = channel.bytes
            pause = TICK_SECONDS
            while True:
                yield (partial(stopper.acquire, True, pause),)
                if seat.acquire(False):  # no cell runs
                    stopper.release()
                    continue
                if self.interrupts.is_pending:
                    kill(self.interrupts.pid, SIGINT)
                self.look()
                if channel.has_unsent():
                    channel.pump()  # somebody waits, or left: no flush, it would only wait as well
                    # Writing goes on: it will soon pause. Where it does not, the reader is slow, and nothing helps.
                    is_moving, frames = channel.frames != frames, channel.frames
                    pause = RETRY_SECONDS if is_moving else TICK_SECONDS
                    continue
                if not streams.lock.acquire(False):
                    continue  # somebody writes, and may have to wait
                try:
                    streams.flush()
                    new_frames, channel.frames_seen = channel.frames - channel.frames_seen, channel.frames
                    new_bytes, bytes_seen = channel.bytes - bytes_seen, channel.bytes
                    calm = 0 if new_frames else calm + 1
                    pause = CALM_SECONDS if calm > CALM_TICKS else TICK_SECONDS
                    is_calm = new_frames < BURST_FRAMES and new_bytes < BURST_BYTES
                    if is_calm and streams.stdout.is_usable() and not streams.stdout.text.line_buffering:
                        streams.set_line_buffering(True)
                finally:
                    streams.lock.release()
        finally:
            channel.impatient_threads.discard(get_ident())


def is_there(thread):
    """Whether the system still has a thread of this process."""
    return access("/proc/self/task/%d" % thread, F_OK)


def taken_lock():
    """A lock that is taken already."""
    lock = allocate_lock()
    lock.acquire()
    return lock
