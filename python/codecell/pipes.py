"""Pipes as their writer sees them."""

from fcntl import ioctl
from posix import uname

FIONREAD = 0x541B if uname().sysname == "Linux" else 0x4004667F


def is_unread(descriptor: int):
    """Whether data that was written to a descriptor is still unread."""
    try:
        return ioctl(descriptor, FIONREAD, b"\0\0\0\0") != b"\0\0\0\0"
    except OSError:  # user code closed it
        return False
