"""The objects of `IPython.display`: texts, pictures, sounds and pages that show themselves."""

from os.path import splitext
from posix import stat

from ..encoding import to_base64

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MIMES = {
    ".png": "image/png",
    ".jpg": "image/jpeg",
    ".jpeg": "image/jpeg",
    ".gif": "image/gif",
    ".webp": "image/webp",
    ".svg": "image/svg+xml",
    ".mp4": "video/mp4",
    ".webm": "video/webm",
    ".ogv": "video/ogg",
    ".mp3": "audio/mpeg",
    ".wav": "audio/wav",
    ".ogg": "audio/ogg",
    ".flac": "audio/flac",
}
STARTS = ((b"\x89PNG", "image/png"), (b"\xff\xd8", "image/jpeg"), (b"GIF8", "image/gif"), (b"RIFF", "image/webp"))


def escaped(text):
    """A text in HTML."""
    return str(text).replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;").replace('"', "&quot;")


def attributes(**pairs):
    """Attributes of an element; those that are None are left out, those that are True have no value."""
    return "".join(
        " %s" % name if value is True else ' %s="%s"' % (name, escaped(value))
        for name, value in pairs.items()
        if value is not None and value is not False
    )


def is_address(text):
    """Whether a text is the address of something on the web, not a file."""
    return isinstance(text, str) and text.startswith(("http://", "https://"))


def as_bytes(data):
    """Data as bytes."""
    return data.encode() if isinstance(data, str) else bytes(data)


class DisplayObject:
    """Content from a text, a file, or the web."""

    mime = ""

    def __init__(self, data=None, url=None, filename=None, metadata=None):
        if url is None and filename is None and is_address(data) and self.mime != "text/html":
            data, url = None, data
        self.url, self.filename, self.metadata = url, filename, metadata or {}
        self.data = data
        if data is None:
            self.reload()

    def reload(self):
        """Reads the file, or what is at the address."""
        if self.filename is not None:
            with open(self.filename, "rb") as file:
                self.data = file.read()
        elif self.url is not None:
            from urllib.request import urlopen

            with urlopen(self.url) as answer:
                self.data = answer.read()

    def text(self):
        """The content as text."""
        return self.data.decode("utf-8", "replace") if isinstance(self.data, bytes) else self.data

    def _repr_mimebundle_(self, include=None, exclude=None) -> "Any":
        return {self.mime: self.text()}, {self.mime: self.metadata} if self.metadata else {}

    def __repr__(self):
        return "<IPython.core.display.%s object>" % type(self).__name__


class TextDisplayObject(DisplayObject):
    """The class that libraries derive their own texts from."""


class HTML(DisplayObject):
    mime = "text/html"


class Markdown(DisplayObject):
    mime = "text/markdown"


class Latex(DisplayObject):
    mime = "text/latex"


class Math(Latex):
    def text(self):
        return "$\\displaystyle %s$" % str(super().text()).strip("$")


class SVG(DisplayObject):
    mime = "image/svg+xml"

    def text(self):
        text = str(super().text())
        return text[max(text.find("<svg"), 0) :]  # without the declaration and the type


class Javascript(DisplayObject):
    mime = "application/javascript"


class Pretty(DisplayObject):
    mime = "text/plain"


class JSON(DisplayObject):
    mime = "application/json"

    def __init__(self, data=None, url=None, filename=None, expanded=False, metadata=None, root="root"):
        super().__init__(data, url, filename, {"expanded": expanded, "root": root, **(metadata or {})})

    def text(self):
        if isinstance(self.data, (str, bytes)):
            from json import loads

            return loads(self.data)
        return self.data


class Code(DisplayObject):
    def __init__(self, data=None, url=None, filename=None, language=None):
        super().__init__(data, url, filename)
        self.language = language or splitext(filename or url or "")[1][1:] or "text"

    def _repr_mimebundle_(self, include=None, exclude=None) -> "Any":
        text = str(self.text())
        html = "<pre><code%s>%s</code></pre>" % (attributes(**{"class": "language-" + self.language}), escaped(text))
        return {"text/html": html, "text/plain": text}


class File(DisplayObject):
    """Takes data, the name of a file, or an address. The page loads an address itself unless it is embedded."""

    def __init__(self, data, url, filename, embed, metadata=None):
        if is_address(data):
            data, url = None, data
        elif isinstance(data, str) and filename is None and url is None:
            data, filename = None, data
        if url is None or embed:
            super().__init__(data, url, filename, metadata)
        else:
            self.url, self.filename, self.metadata, self.data = url, None, metadata or {}, None


class Image(File):
    def __init__(
        self,
        data=None,
        url=None,
        format=None,
        embed=None,
        width=None,
        height=None,
        filename=None,
        alt=None,
        metadata=None,
    ):
        self.width, self.height, self.alt, self.format = width, height, alt, format
        super().__init__(data, url, filename, embed, metadata)
        self.embed = embed if embed is not None else self.url is None

    def _repr_mimebundle_(self, include=None, exclude=None) -> "Any":
        if self.data is None:
            size = attributes(src=self.url, width=self.width, height=self.height, alt=self.alt)
            return {"text/html": "<img%s>" % size}
        data = as_bytes(self.data)
        mime = next((mime for start, mime in STARTS if data.startswith(start)), None)
        if mime is None:
            mime = MIMES.get(
                "." + str(self.format or splitext(self.filename or "")[1][1:] or "png").lower(), "image/png"
            )
        more = {"width": self.width, "height": self.height, "alt": self.alt, **self.metadata}
        more = {name: value for name, value in more.items() if value is not None}
        content = data.decode("utf-8", "replace") if mime == "image/svg+xml" else data
        return {mime: content}, {mime: more} if more else {}


class Media(File):
    """Something to play."""

    element = kind = ""

    def __init__(
        self, data=None, filename=None, url=None, embed=None, autoplay=False, width=None, height=None, mimetype=None
    ):
        self.autoplay, self.width, self.height, self.mimetype = autoplay, width, height, mimetype
        super().__init__(data, url, filename, embed)

    def _repr_mimebundle_(self, include=None, exclude=None) -> "Any":
        source = self.url
        if self.data is not None:
            mime = self.mimetype or MIMES.get(splitext(self.filename or self.url or "")[1].lower(), self.kind)
            source = "data:%s;base64,%s" % (mime, to_base64(as_bytes(self.data)))
        more = attributes(src=source, width=self.width, height=self.height, controls=True, autoplay=bool(self.autoplay))
        return {"text/html": "<%s%s></%s>" % (self.element, more, self.element)}


class Video(Media):
    element, kind = "video", "video/mp4"


class Audio(Media):
    """A sound: a file, an address, or samples, as a list or an array."""

    element, kind = "audio", "audio/wav"

    def __init__(self, data=None, filename=None, url=None, embed=None, rate=None, autoplay=False, normalize=True):
        if rate is not None and data is not None and not isinstance(data, (str, bytes)):
            data = wave_of(data, rate, normalize)
        super().__init__(data, filename, url, embed, autoplay)


def wave_of(samples, rate, normalize):
    """Samples between -1 and 1 as a WAV file of 16 bits; several channels are rows."""
    from array import array
    from struct import pack

    rows = samples.tolist() if hasattr(samples, "tolist") else list(samples)
    channels = [list(row) for row in rows] if rows and hasattr(rows[0], "__len__") else [rows]
    largest = max((abs(value) for row in channels for value in row), default=0)
    if not normalize and largest > 1:
        raise ValueError("samples have to be between -1 and 1 where normalize=False")
    factor = 32767 / (largest if normalize and largest else 1)
    body = array("h", [int(value * factor) for frame in zip(*channels) for value in frame]).tobytes()
    count = len(channels)
    head = pack(
        "<4sI4s4sIHHIIHH4sI",
        b"RIFF",
        36 + len(body),
        b"WAVE",
        b"fmt ",
        16,
        1,
        count,
        int(rate),
        int(rate) * count * 2,
        count * 2,
        16,
        b"data",
        len(body),
    )
    return head + body


class IFrame:
    """Another page."""

    def __init__(self, src, width: "Any" = "100%", height: "Any" = 400, extras=None, **parameters):
        from urllib.parse import urlencode

        self.src, self.width, self.height = src, width, height
        if parameters:
            self.src += "?" + urlencode(parameters)

    def _repr_html_(self):
        return "<iframe%s></iframe>" % attributes(src=self.src, width=self.width, height=self.height, frameborder=0)


class YouTubeVideo(IFrame):
    def __init__(self, id, width=400, height=300, **parameters):
        super().__init__("https://www.youtube.com/embed/" + str(id), width, height, **parameters)


class VimeoVideo(IFrame):
    def __init__(self, id, width=400, height=300, **parameters):
        super().__init__("https://player.vimeo.com/video/" + str(id), width, height, **parameters)


class FileLink:
    """A file of the workspace: the page can offer it."""

    def __init__(self, path, url_prefix="", result_html_prefix="", result_html_suffix="<br>"):
        self.path = str(path)

    def _repr_mimebundle_(self, include=None, exclude=None) -> "Any":
        size = stat(self.path).st_size
        return {"application/vnd.codecell.file+json": {"path": self.path, "size": size}, "text/plain": self.path}


def classes():
    """All of them by name, for user code."""
    own = (
        DisplayObject, TextDisplayObject, HTML, Markdown, Latex, Math, SVG, Javascript, Pretty, JSON, Code, Image, Video, Audio, IFrame,
        YouTubeVideo, VimeoVideo, FileLink,
    )  # fmt: skip
    for one in own:
        one.__module__ = "IPython.core.display"
    return {one.__name__: one for one in own}
