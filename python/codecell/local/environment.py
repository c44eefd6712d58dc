"""The environment variables that hold for one run."""

import os


class Environment:
    """The environment variables of one run."""

    def __init__(self):
        self.before = {}

    def set(self, pairs):
        """Sets them, and remembers what was there."""
        for key, value in pairs:
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
