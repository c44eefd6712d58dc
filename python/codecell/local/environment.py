"""The environment variables that hold for one run."""

import os


class Environment:
    """The environment variables of one run."""

    def __init__(self, pairs):
        self.pairs = pairs
        self.before = {}

    def set(self):
        """Sets them, and remembers what was there."""
        for key, value in self.pairs:
            old = os.environ.get(key)
            os.environ[key] = value
            self.before.setdefault(key, old)

    def restore(self):
        """Brings back what was there."""
        for key, old in self.before.items():
            if old is None:
                os.environ.pop(key, None)
            else:
                os.environ[key] = old
