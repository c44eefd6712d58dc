"""A figure of matplotlib as a PNG without its empty border, as `savefig(bbox_inches="tight")` writes it, in half of the time.

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
# So many lines are filtered and compressed at once: they stay in the processor's cache.
BAND = 32


def figure_pixels(results: "Results", figure, dpi, drawings):
    """The figure's pixels, as an array of lines; None where only `savefig` makes the right ones.

    `drawings` is a list of canvases that were drawn on before, and can be again.
    """
    if not can_be_cut(figure, results.load("matplotlib").rcParams):
        return None
    agg, numpy = results.load("matplotlib.backends.backend_agg"), results.load("numpy")
    canvas, before = figure.canvas, figure.dpi
    try:
        figure.dpi = dpi
        # Nobody else draws on it meanwhile.
        drawing = drawings.pop() if drawings else agg.FigureCanvasAgg(figure)
        drawing.figure = figure
        drawing._is_saving = True  # artists that are animated are drawn only then
        figure.set_canvas(drawing)
        drawing.draw()
        pixels = numpy.asarray(drawing.buffer_rgba())
        left, low, right, high = drawn_box(figure, drawing.get_renderer(), results.load("functools").lru_cache).extents
    finally:
        figure.set_canvas(canvas)
        figure.dpi = before
    width, height = figure.get_size_inches()
    if not (0 <= left <= right <= width and 0 <= low <= high <= height):
        return None
    edges = (height - high - PADDING, height - low + PADDING, left - PADDING, right + PADDING)
    top, bottom, left, right = (round(edge * dpi) for edge in edges)
    inside = pixels[max(top, 0) : bottom, max(left, 0) : right]
    if not inside.size:
        return None
    background = [round(255 * part) for part in results.load("matplotlib.colors").to_rgba(figure.get_facecolor())]
    is_opaque = background[3] == 255 and inside[..., 3].min() == 255
    picture = numpy.empty((bottom - top, right - left, 3 if is_opaque else 4), "u1")
    framed = picture[max(-top, 0) :, max(-left, 0) :][: inside.shape[0], : inside.shape[1]]
    # numpy copies whole lines, and single channels, much faster than parts of pixels.
    picture[0] = background[: picture.shape[2]]
    picture[1:] = picture[0]
    for channel in range(picture.shape[2]):
        framed[..., channel] = inside[..., channel]
    drawings.append(drawing)
    return picture


def has_content(figure):
    """Whether anything is on a figure, or on one within it."""
    within = getattr(figure, "subfigs", ())
    own = [child for child in figure.get_children() if child is not figure.patch and child not in within]
    return bool(own) or any(has_content(part) for part in within)


def can_be_cut(figure, settings):
    """Whether a drawing that is cut is what `savefig` writes: nobody waits for it, and its border and its background are plain."""
    callbacks = figure.canvas.callbacks.callbacks
    patch = figure.patch
    return (
        not callbacks.get("draw_event")
        and not figure.images
        and patch.get_visible()
        and not patch.get_linewidth()
        and settings["savefig.pad_inches"] == PADDING
        and settings["savefig.facecolor"] == settings["savefig.edgecolor"] == "auto"
        and not settings["savefig.transparent"]
    )


def drawn_box(figure, renderer, lru_cache):
    """How far a figure that was just drawn extends, in inches.

    `get_tightbbox` places ticks, labels and titles anew, ticks several times. That takes two thirds of its time, and drawing has done
    it: the steps that do it are put aside, unless the user has steps of that name.
    """
    steps = []
    put_aside = []
    for axes in figure.axes:
        steps.append((axes, "_update_title_position", leave))
        for axis in getattr(axes, "_axis_map", {}).values():
            steps.append((axis, "_update_label_position", leave))
            steps.append((axis, "_update_ticks", lru_cache(axis._update_ticks)))
    try:
        for artist, name, step in steps:
            if name not in vars(artist) and not isinstance(getattr(type(artist), name, None), property):
                vars(artist)[name] = step
                put_aside.append((artist, name))
        return figure.get_tightbbox(renderer)
    finally:
        for artist, name in put_aside:
            vars(artist).pop(name, None)


def leave(*_, **__):
    """Leaves a title or a label where it is."""


def encode(results: "Results", pixels):
    """An array of RGB or RGBA pixels as a PNG."""
    numpy, zlib = results.load("numpy"), results.load("zlib")
    height, width, channels = pixels.shape
    lines = pixels.reshape(height, width * channels)
    filtered = numpy.empty((min(BAND, height), 1 + width * channels), "u1")
    filtered[:, 0] = UP
    compressor = zlib.compressobj(1)
    above = numpy.zeros_like(lines[0])
    data = []
    for start in range(0, height, BAND):
        band = lines[start : start + BAND]
        differences = filtered[: len(band)]
        numpy.subtract(band[0], above, out=differences[0, 1:])
        numpy.subtract(band[1:], band[:-1], out=differences[1:, 1:])
        data.append(compressor.compress(differences))
        above = band[-1]
    data.append(compressor.flush())
    return b"".join(
        [
            SIGNATURE,
            *chunk(b"IHDR", HEADER.pack(width, height, 8, COLOR_TYPES[channels], 0, 0, 0)),
            *chunk(b"IDAT", b"".join(data)),
            *chunk(b"IEND", b""),
        ]
    )


def chunk(kind, data):
    """A chunk of a PNG."""
    return LENGTH.pack(len(data)), kind, data, LENGTH.pack(crc32(data, crc32(kind)))
