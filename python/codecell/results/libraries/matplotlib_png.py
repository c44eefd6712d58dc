"""A figure of matplotlib as a PNG without its empty border, as `savefig(bbox_inches="tight")` writes it, in two thirds of the time.

`savefig` draws a figure twice, first to learn how far it extends. Here it is drawn once, and cut. Pillow tries all filters of PNG on
every line; one that suits flat colors takes a quarter of the time (measured: 7 ms instead of 26).
"""

from _struct import Struct
from binascii import crc32

TYPE_CHECKING = False
if TYPE_CHECKING:
    from ..service import Results

# In inches: what `savefig` leaves around a figure.
PADDING = 0.1
SIGNATURE = b"\x89PNG\r\n\x1a\n"
HEADER = Struct(">IIBBBBB")
LENGTH = Struct(">I")
COLOR_TYPES = {3: 2, 4: 6}
# The filter that stores the difference to the line above.
UP = 2


def figure_pixels(results: "Results", figure, dpi):
    """The figure's pixels, as an array of lines; None where something of it lies outside of its own area."""
    agg, numpy = results.load("matplotlib.backends.backend_agg"), results.load("numpy")
    canvas, before = figure.canvas, figure.dpi
    try:
        figure.dpi = dpi
        drawing = canvas if hasattr(canvas, "buffer_rgba") else agg.FigureCanvasAgg(figure)
        drawing.draw()
        pixels = numpy.asarray(drawing.buffer_rgba())
        left, low, right, high = figure.get_tightbbox(drawing.get_renderer()).extents
    finally:
        figure.set_canvas(canvas)
        figure.dpi = before
    width, height = figure.get_size_inches()
    if not (0 <= left <= right <= width and 0 <= low <= high <= height):
        return None
    edges = (height - high - PADDING, height - low + PADDING, left - PADDING, right + PADDING)
    top, bottom, left, right = (round(edge * dpi) for edge in edges)
    inside = pixels[max(top, 0) : bottom, max(left, 0) : right]
    lines, columns = inside.shape[:2]
    if (lines, columns) == (bottom - top, right - left):
        return inside
    whole = numpy.empty((bottom - top, right - left, 4), "u1")
    whole[:] = [round(255 * part) for part in results.load("matplotlib.colors").to_rgba(figure.get_facecolor())]
    whole[max(-top, 0) :, max(-left, 0) :][:lines, :columns] = inside
    return whole


def encode(results: "Results", pixels):
    """An array of RGBA pixels as a PNG."""
    numpy, zlib = results.load("numpy"), results.load("zlib")
    if (pixels[..., 3] == 255).all():
        pixels = pixels[..., :3]
    height, width, channels = pixels.shape
    lines = pixels.reshape(height, width * channels)
    filtered = numpy.empty((height, 1 + width * channels), "u1")
    filtered[:, 0] = UP
    filtered[0, 1:] = lines[0]
    numpy.subtract(lines[1:], lines[:-1], out=filtered[1:, 1:])
    return b"".join(
        [
            SIGNATURE,
            *chunk(b"IHDR", HEADER.pack(width, height, 8, COLOR_TYPES[channels], 0, 0, 0)),
            *chunk(b"IDAT", zlib.compress(filtered, 1)),
            *chunk(b"IEND", b""),
        ]
    )


def chunk(kind, data):
    """A chunk of a PNG."""
    return LENGTH.pack(len(data)), kind, data, LENGTH.pack(crc32(data, crc32(kind)))
