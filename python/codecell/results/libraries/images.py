"""Pillow, code that opens a web browser, and frames of notebooks: pages in files are shown."""

from _functools import partial
from _io import BytesIO
from posixpath import isfile

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..service import Results

# What a PNG can hold; others are converted.
PNG_MODES = ("1", "L", "LA", "I;16", "P", "RGB", "RGBA")
# What others become, unless it is RGB.
CONVERTED = {"I": "I;16", "PA": "RGBA", "La": "LA", "RGBa": "RGBA"}
# The ends of the names of pages.
PAGES = (".html", ".htm", ".xhtml")


def by_module(results: "Results"):
    """What is done once a module is imported."""
    results.formatter.by_class["PIL.Image", "Image"] = image_data
    for module in ("IPython.lib.display", "IPython.core.display"):  # the real one, and what stands in for it
        results.formatter.by_class[module, "IFrame"] = partial(frame_data, results)
    return {"PIL.ImageShow": partial(adapt_pillow, results), "webbrowser": partial(adapt_webbrowser, results)}


def adapt_pillow(results: "Results", image_show):
    """`im.show()`: otherwise it starts a program that is not there."""

    class Viewer(image_show.Viewer):
        def show(self, image, **options):
            results.display(image)
            return 1

    image_show.register(Viewer, 0)


def image_data(image):
    """An image as a PNG, with its size."""
    buffer = BytesIO()
    text = repr(image)
    if image.mode not in PNG_MODES:
        image = image.convert(CONVERTED.get(image.mode, "RGB"))
    image.save(buffer, "PNG", compress_level=1)
    size = {"width": image.width, "height": image.height}
    return {"image/png": buffer.getvalue(), "text/plain": text}, {"image/png": size}


def adapt_webbrowser(results: "Results", webbrowser):
    """`webbrowser.open`: a page in a file is shown, an address is a link."""

    class Browser(webbrowser.BaseBrowser):
        def open(self, url, new=0, autoraise=True):
            return open_address(results, str(url))

    webbrowser.register("codecell", None, Browser("codecell"), preferred=True)


def open_address(results: "Results", url):
    """Shows the page or the link for an address; returns whether it could."""
    if url.lower().startswith(("http:", "https:")):
        quoted = url.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;")
        html = '<a href="%s" target="_blank" rel="noopener noreferrer">%s</a>' % (quoted, quoted)
        results.publish({"text/html": html, "text/plain": url})
        return True
    page = read_page(results, url)
    if page is None:
        return False
    results.publish(page)
    return True


def frame_data(results: "Results", frame):
    """An `IFrame`: the page itself if it is a local file, because results are shown where its address does not work."""
    page = read_page(results, str(frame.src))
    return page or {"text/html": frame._repr_html_(), "text/plain": repr(frame)}, {}


def read_page(results: "Results", url):
    """The page in a file, or None if this is no such file."""
    from urllib.parse import unquote, urlsplit

    try:
        parts = urlsplit(url)
    except ValueError:
        return None
    if parts.scheme not in ("", "file"):
        return None
    path = url if not parts.scheme and isfile(url) else unquote(parts.path)
    if not path.lower().endswith(PAGES) or not isfile(path):
        return None
    try:
        with open(path, "rb") as file:
            html = decoded(file.read((results.most_bytes or 0) + 1))
    except OSError:
        return None
    return {"text/html": html, "text/plain": "<page %s>" % path}


def decoded(page):
    """The text of a page: in UTF-16 if it begins with the mark of that, else in UTF-8, else as browsers read old ones."""
    if page[:2] in (b"\xff\xfe", b"\xfe\xff"):
        return page.decode("utf-16", "replace")
    try:
        return page.decode("utf-8-sig")
    except UnicodeDecodeError:
        return page.decode("cp1252", "replace")
