"""A process that reports the worker's death in the middle of a run. The toolbox closes the run's socket by itself, but the context
would stand still for as long as the run may last.

It reads a pipe whose other end only the worker has: the marker of each run, an empty line at its end. When the worker dies, the
toolbox stops reading soon after, so a death is reported in advance where possible: a fatal signal and SIGTERM by `faulthandler`, which writes
to the same pipe, and what the code does to its own process by the worker itself.
"""

import os
import signal
from faulthandler import enable
from posix import close, getpid, pipe, waitpid
from posix import write as write_descriptor

from ..processes import named_like
from .descriptors import move_high

TYPE_CHECKING = False
if TYPE_CHECKING:
    from .channel import Channel
    from .descriptors import Descriptors

SHELL = "/bin/sh"
# The process is no child of the worker, whose code may wait for all its children.
SCRIPT = r"""(
trap '' HUP INT TERM
run=
report() {
    [ -n "$run" ] && printf '\n{"type":"codecell","name":"%s","value":"died","text":"{\\"reason\\":\\"%s\\"}"}\n{"type":"control","text":"completed"}\n' "$run" "$1"
    run=
}
announce() {
    [ -n "$run" ] || return
    kill -s STOP WORKER
    case $1 in
        *[\"\\]*) report ;;
        *) report "$1" ;;
    esac
    sleep 0
    kill -s CONT WORKER
}
while read -r line; do
    case $line in
        'Fatal Python error: '*) announce "${line#Fatal Python error: }" ;;
        'Stack '*) announce 'killed by SIGTERM' ;;
        'run '*) run=${line#run } ;;
        idle) run= ;;
    esac
done
report
) <&3 3<&- &
"""


class Watch:
    """The pipe to that process; without one, nothing here does anything."""

    def __init__(self, descriptors: "Descriptors", channel: "Channel"):
        self.channel = channel
        self.pipe = -1
        try:
            source, target = pipe()
        except OSError:
            return
        try:
            self.spawn(source, descriptors.output)
            self.pipe = move_high(target)
        except (OSError, AttributeError):  # there is no shell
            pass
        close(source)
        close(target)

    def spawn(self, source, output):
        """Starts the process."""
        actions = [
            (os.POSIX_SPAWN_DUP2, source, 3),
            (os.POSIX_SPAWN_DUP2, output, 1),
            (os.POSIX_SPAWN_OPEN, 0, os.devnull, os.O_RDONLY, 0),
            (os.POSIX_SPAWN_OPEN, 2, os.devnull, os.O_WRONLY, 0),
        ]
        # `source` may be 3 already, which then is closed on exec.
        os.set_inheritable(source, True)
        script = SCRIPT.replace("WORKER", str(getpid()))
        shell = os.posix_spawn(SHELL, ["sh", "-c", script], {"PATH": "/usr/bin:/bin"}, file_actions=actions)
        waitpid(shell, 0)

    def install(self, flush):
        """Has the worker report its own death where it can. `flush` sends what is printed."""
        self.worker = getpid()
        self.flush = flush
        leave, kill, raise_signal = os._exit, os.kill, signal.raise_signal

        def leave_loudly(status):
            self.report_own("exited with status %s" % status)
            leave(status)

        def kill_loudly(pid, number, /):
            if pid == self.worker:
                self.report_signal(number)
            return kill(pid, number)

        def raise_loudly(number, /):
            self.report_signal(number)
            return raise_signal(number)

        os._exit, os.kill = named_like(leave_loudly, leave), named_like(kill_loudly, kill)
        signal.raise_signal = named_like(raise_loudly, raise_signal)
        if self.pipe >= 0:
            enable(self.pipe, all_threads=False)

    def report_signal(self, number):
        """The code sends a signal to its own process, which may end by it."""
        if number == signal.SIGKILL:
            self.report_own("killed by SIGKILL")
        elif getpid() == self.worker:
            self.flush()
            self.channel.pump()

    def report_own(self, reason):
        """The process is about to end."""
        if self.channel.run and getpid() == self.worker:
            self.say("idle")
            self.flush()
            self.channel.send_death(reason)

    def say(self, line):
        """Sends a line to the process."""
        if self.pipe >= 0:
            try:
                write_descriptor(self.pipe, line.encode() + b"\n")
            except OSError:  # it is gone
                self.pipe = -1

    def close(self):
        """In a forked child."""
        if self.pipe >= 0:
            close(self.pipe)
            self.pipe = -1
