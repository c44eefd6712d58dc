"""The Python process of a stand-in context: it does what a stock worker was seen to do, and loses what that loses.

A line of JSON on descriptor 0 is code to run, one on descriptor 1 is a frame. Both are open to the code, which can write between the frames, and
read what the toolbox sends. Nothing here is to be improved: the client has to live with it.
"""

import builtins
import io
import json
import os
import signal
import sys
import traceback

CODE_FILE = "<string>"
# Text without a line end is kept back until there is this much of it.
KEPT_BACK = 1024


class Output(io.TextIOBase):
    """What `sys.stdout` and `sys.stderr` are while code runs: frames of lines."""

    encoding = "utf-8"

    def __init__(self, worker, kind):
        self.worker = worker
        self.kind = kind
        self.text = ""

    def writable(self):
        return True

    def write(self, text):
        self.text += text
        if "\n" in text or len(self.text) >= KEPT_BACK:
            self.flush()
        return len(text)

    def flush(self):
        text, self.text = self.text, ""
        if text:
            self.worker.emit(self.kind, text)


class Worker:
    def __init__(self):
        self.globals = {"__name__": "__main__", "__builtins__": builtins}
        self.is_ending = False

    def emit(self, kind, text="", name="", value="", traceback=""):
        # In several writes, and without a lock: the lines of threads run into one another.
        frame = {"type": kind, "text": text, "name": name, "value": value, "traceback": traceback}
        json.dump(frame, sys.__stdout__)
        sys.__stdout__.write("\n")
        sys.__stdout__.flush()

    def interrupt(self, number, frame):
        raise KeyboardInterrupt("interrupted")

    def terminate(self, number, frame):
        self.is_ending = True
        raise KeyboardInterrupt("terminated")

    def serve(self):
        signal.signal(signal.SIGINT, self.interrupt)
        signal.signal(signal.SIGTERM, self.terminate)
        # That it listens now.
        sys.__stdout__.write("\n")
        sys.__stdout__.flush()
        while not self.is_ending:
            # An interrupt outside of the code is swallowed, and with it whatever was under way: nobody hears that the code has ended.
            try:
                line = sys.stdin.readline()
                if not line:
                    return
                self.run(json.loads(line))
            except KeyboardInterrupt:
                continue

    def run(self, request):
        before = dict(os.environ)
        outside = sys.stdout, sys.stderr
        out, err = Output(self, "stdout"), Output(self, "stderr")
        try:
            os.environ.update(request.get("envs") or {})
        except (ValueError, TypeError) as error:
            # No control frame follows.
            return self.emit("error", name=type(error).__name__, value=str(error), traceback=report(error))
        ending = "completed"
        failed = None
        try:
            sys.stdout, sys.stderr = out, err
            exec(request["code"], self.globals)
        except KeyboardInterrupt:
            ending = "interrupted"
        except SystemExit:
            pass
        except Exception as error:
            failed = error
        finally:
            # Any other exception ends the process, after this.
            out.flush()
            err.flush()
            sys.stdout, sys.stderr = outside
            os.environ.clear()
            os.environ.update(before)
            if failed is not None:
                self.emit("error", name=type(failed).__name__, value=str(failed), traceback=report(failed))
            self.emit("control", ending)


def report(error):
    """The traceback of an error: the lines of the code, without names or sources."""
    lines = []
    for frame in traceback.extract_tb(error.__traceback__):
        if frame.filename == CODE_FILE:
            lines.append('  File "<stdin>", line %d\n' % frame.lineno)
        elif frame.filename != __file__:
            lines.append('  File "%s", line %d\n' % (frame.filename, frame.lineno))
    if lines:
        lines.insert(0, "Traceback (most recent call last):\n")
    return "".join(lines) + "%s: %s\n" % (type(error).__name__, error)


Worker().serve()
