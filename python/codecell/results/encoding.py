"""A MIME bundle as the JSON that goes to the client: the `ResultFrame` of the wire."""

from _json import encode_basestring as quoted
from _json import make_encoder
from binascii import b2a_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

TOO_LARGE = (
    "[This result is not shown: it has %s bytes, and the toolbox sends at most %s. "
    "Show less of it, or start the toolbox with a higher --max-result. Forms: %s]"
)


class JsonText(str):
    """JSON that is text already."""


class Bundle:
    """A result on its way: data and metadata by MIME type, and its marks."""

    def __init__(self, data, metadata=None, is_main=False, display_id=None, is_update=False):
        self.data: "dict[str, Any]" = data
        self.metadata: "dict[str, Any]" = metadata or {}
        self.is_main = is_main
        self.display_id = display_id
        self.is_update = is_update

    def encode(self, most, fail) -> bytes:
        """The frame, of at most so many bytes. `fail(mime, error)` is called for what JSON can't say."""
        payload = self.encode_all(fail)
        if len(payload) <= most:
            return payload
        forms = ", ".join("%s (%s)" % (mime, size_of(value)) for mime, value in list(self.data.items())[:8])
        text = TOO_LARGE % (format(len(payload), ","), format(most, ","), forms[:500])
        return Bundle({"text/plain": text}, {}, self.is_main, self.display_id, self.is_update).encode_all(fail)

    def encode_all(self, fail) -> bytes:
        """The frame, however large."""
        parts = [b'{"type":"result","data":{', *encode_fields(self.data, fail)]
        parts += [b'},"metadata":{', *encode_fields(self.metadata, fail), b"}"]
        if self.is_main:
            parts.append(b',"main":true')
        if self.display_id is not None:
            parts += [b',"displayId":', in_utf8(quoted(self.display_id))]
        if self.is_update:
            parts.append(b',"update":true')
        parts.append(b"}")
        return b"".join(parts)


def encode_fields(fields, fail):
    """The fields of an object as pieces of JSON."""
    separator = b""
    for name, value in fields.items():
        try:
            parts = encode_value(value)
            name = str(name).encode("utf-8", "replace").decode()  # the server takes no half pairs in names
        except Exception as error:
            fail(name, error)
            continue
        yield separator
        yield in_utf8(quoted(name))
        yield b":"
        yield from parts
        separator = b","


def encode_value(value):
    """A value as pieces of JSON. A picture may have many megabytes: they are copied once, when the pieces are joined."""
    kind = type(value)
    if kind is JsonText:
        return [in_utf8(value)]
    if issubclass(kind, (bytes, bytearray, memoryview)):
        return [b'"', b2a_base64(value, newline=False), b'"']
    if kind is str:
        return [in_utf8(quoted(value))]
    try:
        parts = encoder(value, 0)
    except ValueError as error:
        if "circular" in str(error).lower():
            raise
        parts = encoder(finite(value), 0)
    return [in_utf8("".join(parts))]


def in_utf8(text):
    """JSON as bytes. Half of a surrogate pair becomes its escape sequence, which is valid JSON."""
    return text.encode("utf-8", "backslashreplace")


def to_base64(data):
    """Bytes as base64."""
    return b2a_base64(data, newline=False).decode("ascii")


def size_of(value):
    """How large a value is, in words."""
    return format(len(value), ",") if hasattr(value, "__len__") else "1 value"


def finite(value):
    """The value with null for NaN and the infinities, which JSON does not have."""
    if isinstance(value, float):
        return value if value - value == 0 else None
    if isinstance(value, dict):
        # Numbers as keys become texts in JSON.
        return {repr(key) if isinstance(key, float) else key: finite(one) for key, one in value.items()}
    if isinstance(value, (list, tuple)):
        return [finite(one) for one in value]
    return value


def simplify(value):
    """Converts a value that JSON does not know: arrays and numbers of numpy become lists and numbers."""
    convert = None if isinstance(value, type) else getattr(value, "tolist", None)
    if not callable(convert):
        raise TypeError("a value of type %s is not JSON" % type(value).__name__)
    return convert()


encoder = make_encoder({}, simplify, quoted, None, ":", ",", False, False, False)
