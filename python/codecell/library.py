"""Finds modules of the standard library in its own directory, with nothing that user code can change.

It does what the import system does, which looks names up where user code can replace them.
"""

import marshal
import sys
from _frozen_importlib_external import MAGIC_NUMBER
from _imp import extension_suffixes
from errno import EMFILE
from fcntl import F_DUPFD_CLOEXEC, fcntl
from posix import O_CLOEXEC, O_RDONLY, close, fstat, read, stat
from posix import open as open_descriptor

TAG = sys.implementation.cache_tag
HEADER_BYTES = 16
SUFFIXES = extension_suffixes()
# Out of the way of user code's low numbers.
SPARE_FLOOR = 490


class Library:
    """The directories that Python was started with: user code has no part in them."""

    def __init__(self, directories: "list[str]"):
        self.directories = directories
        self.spare: "int | None" = None

    def reserve(self):
        """Keeps a descriptor for the time when user code has used all up."""
        try:
            null = open_descriptor("/dev/null", O_RDONLY | O_CLOEXEC)
            try:
                self.spare = fcntl(null, F_DUPFD_CLOEXEC, SPARE_FLOOR)
                close(null)
            except OSError:
                self.spare = null
        except OSError:
            self.spare = None

    def find(self, name: str, modules):
        """The code of a module, and its path if it is a package; None if it is not written in Python."""
        parent, _, last = name.rpartition(".")
        for directory in modules[parent].__path__ if parent else self.directories:
            for path, package in (
                (directory + "/" + last + "/__init__", [directory + "/" + last]),
                (directory + "/" + last, None),
            ):
                source = self.read(path + ".py")
                if source is not None:
                    return self.compiled(path, *source), package
        return None

    def find_extension(self, name: str):
        """The path of a module in a shared library; None if there is none of this name."""
        for directory in self.directories:
            for suffix in SUFFIXES:
                path = directory + "/" + name + suffix
                try:
                    stat(path)
                except OSError:
                    continue
                return path
        return None

    def compiled(self, path, source, modified):
        """The code of a file: from its cache, if that is of this source."""
        folder, _, stem = path.rpartition("/")
        cached = self.read("%s/__pycache__/%s.%s.pyc" % (folder, stem, TAG))
        if cached is not None:
            data = cached[0]
            flags = int.from_bytes(data[4:8], "little")
            is_of_source = data[8:16] == (modified & 0xFFFFFFFF).to_bytes(4, "little") + (
                len(source) & 0xFFFFFFFF
            ).to_bytes(4, "little")
            if data[:4] == MAGIC_NUMBER and (flags != 0 or is_of_source):
                try:
                    return marshal.loads(data[HEADER_BYTES:])
                except (EOFError, ValueError, TypeError):
                    pass
        return compile(source, path + ".py", "exec", 0, True)

    def read(self, path: str):
        """The bytes of a file, and when it was modified; None if it is not there."""
        try:
            descriptor = self.open(path)
        except OSError:
            return None
        try:
            data = b""
            status = fstat(descriptor)
            while len(data) < status.st_size:
                more = read(descriptor, status.st_size - len(data))
                if not more:
                    break
                data += more
            return data, int(status.st_mtime)
        except OSError:
            return None
        finally:
            close(descriptor)
            if self.spare is None:
                self.reserve()

    def open(self, path: str):
        """A descriptor of a file."""
        try:
            return open_descriptor(path, O_RDONLY | O_CLOEXEC)
        except OSError as error:
            if error.errno != EMFILE or self.spare is None:
                raise
        close(self.spare)
        self.spare = None
        return open_descriptor(path, O_RDONLY | O_CLOEXEC)
