"""The screen of the `turtle` module: what turtles have drawn, as SVG, in one result that is updated."""

from math import cos, isfinite, radians, sin
from re import fullmatch
from time import monotonic, sleep

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from ..service import Results

# How long the picture may be behind while code draws, in seconds; and how many times as long as it takes to make it.
UPDATE_SECONDS = 0.1
UPDATE_FACTOR = 8
WIDTH, HEIGHT = 640, 480
# Points of the picture: beyond, it is not made larger.
FARTHEST = 5000
SHAPES: "dict[str, Any]" = {
    "arrow": ((-10, 0), (10, 0), (0, 10)),
    "turtle": (
        (0, 16), (-2, 14), (-1, 10), (-4, 7), (-7, 9), (-9, 8), (-6, 5), (-7, 1), (-5, -3), (-8, -6), (-6, -8), (-4, -5), (0, -7),
        (4, -5), (6, -8), (8, -6), (5, -3), (7, 1), (6, 5), (9, 8), (7, 9), (4, 7), (1, 10), (2, 14),
    ),
    "circle": tuple((10 * cos(radians(18 * i)), 10 * sin(radians(18 * i))) for i in range(20)),
    "square": ((10, -10), (10, 10), (-10, 10), (-10, -10)),
    "triangle": ((10, -5.77), (0, 11.55), (-10, -5.77)),
    "classic": ((0, 0), (-5, -9), (0, -7), (5, -9)),
    "blank": (),
}  # fmt: skip


class TurtleGraphicsError(Exception):
    """Some TurtleGraphics Error"""


class Terminator(Exception):
    """Will be raised in TurtleScreen.update, if _RUNNING becomes False."""


def text(value):
    """A text in SVG."""
    value = str(value).replace("&", "&amp;").replace("<", "&lt;").replace('"', "&quot;")
    return "".join(one if one >= " " or one == "\t" else " " for one in value)


def number(value):
    """A number in SVG."""
    return "%g" % (round(value, 2) + 0.0)  # no -0


def points(pairs):
    """Points in SVG, whose y axis goes down."""
    return " ".join("%s,%s" % (number(x), number(-y)) for x, y in pairs)


class Screen:
    """The one screen."""

    def __init__(self, results: "Results"):
        self._results = results
        self._items: "list[list]" = []  # [turtle, kind, …], in the order in which they are drawn
        self._turtles = []
        self._timers = []
        self._background = "white"
        self._size = WIDTH, HEIGHT
        self._is_sized = False
        self._world = None
        self._mode = "standard"
        self._colormode = 1.0
        self._tracer = 1
        self._delay = 10
        self._shapes = dict(SHAPES)
        self._display_id = None
        self._is_changed = False
        self._due = monotonic() + UPDATE_SECONDS
        self._has_told = False

    # What turtles call

    def _change(self):
        """Something was drawn: shows it, unless that was done just now."""
        self._is_changed = True
        if self._tracer and monotonic() >= self._due:
            self._show()

    def _begin_run(self):
        """What comes is shown in the output of a new run."""
        self._display_id = None
        self._due = monotonic() + UPDATE_SECONDS

    def _show(self):
        """Shows the picture, in its place if it has one in this run."""
        if self._results.most_bytes is None:
            return
        start = monotonic()
        is_update = self._display_id is not None
        if not is_update:
            self._display_id = self._results.new_id()
        self._is_changed = False
        data = {"image/svg+xml": self._svg(), "text/plain": "<turtle graphics>"}
        self._results.publish(data, {"image/svg+xml": {"alt": "turtle graphics"}}, self._display_id, is_update)
        now = monotonic()
        self._due = now + max(UPDATE_SECONDS, UPDATE_FACTOR * (now - start))

    def _svg(self):
        """The picture."""
        drawn = [element for item in merged(self._items) for element in svg_of(item)]
        for turtle in self._turtles:
            if turtle.isvisible():
                drawn += svg_of([turtle, "stamp", *turtle._figure()])
        left, top, width, height = self._view()
        stretch = ' preserveAspectRatio="none"' if self._world else ""
        head = '<svg xmlns="http://www.w3.org/2000/svg" width="%s" height="%s" viewBox="%s %s %s %s"%s>' % (
            *map(number, self._size if self._world else (width, height)),
            *map(number, (left, top, width, height)),
            stretch,
        )
        ground = '<rect x="%s" y="%s" width="%s" height="%s" fill="%s"/>' % (
            *map(number, (left, top, width, height)),
            self._background,
        )
        return head + ground + "".join(drawn) + "</svg>"

    def _view(self):
        """Left, top, width and height: the window, and what is drawn beyond it, unless code has chosen its size."""
        if self._world:
            left, low, right, high = self._world
            return left, -high, right - left, high - low
        width, height = self._size
        left, right, low, high = -width / 2, width / 2, -height / 2, height / 2
        if not self._is_sized:
            for item in self._items:
                for x, y in extent(item):
                    if abs(x) <= FARTHEST and abs(y) <= FARTHEST:
                        left, right, low, high = (
                            min(left, x - 10),
                            max(right, x + 10),
                            min(low, y - 10),
                            max(high, y + 10),
                        )
        return left, -high, right - left, high - low

    def _color(self, color):
        """A color of `turtle` as one of CSS."""
        if len(color) == 1:
            color = color[0]
        if isinstance(color, str):
            name = color.replace(" ", "").lower()
            gray = fullmatch(r"gr[ae]y(\d{1,2}|100)", name)
            if gray:
                level = round(int(gray.group(1)) * 2.55)
                return "#%02x%02x%02x" % (level, level, level)
            if fullmatch(r"#([0-9a-f]{3}|[0-9a-f]{6})|[a-z]+\d?", name):
                return name.rstrip("1234")
            raise TurtleGraphicsError("bad color string: %s" % color)
        try:
            red, green, blue = color
            scale = 255 if self._colormode == 1.0 else 1
            levels = [round(level * scale) for level in (red, green, blue)]
        except (TypeError, ValueError):
            raise TurtleGraphicsError("bad color arguments: %s" % (color,)) from None
        if not all(0 <= level <= 255 for level in levels):
            raise TurtleGraphicsError("bad color sequence: %s; colormode is %s" % (color, self._colormode))
        return "#%02x%02x%02x" % tuple(levels)

    # What user code calls

    def bgcolor(self, *color):
        """Set or return the background color."""
        if not color:
            return self._background
        self._background = self._color(color)
        self._change()
        return None

    def setup(self, width=0.5, height=0.75, startx=None, starty=None):
        """Set the size of the window, in pixels or as a part of the screen."""
        self._size = (width if width > 1 else width * 1280), (height if height > 1 else height * 800)
        self._is_sized = True
        self._change()

    def screensize(self, canvwidth=None, canvheight=None, bg=None):
        """Set or return the size of the canvas."""
        if canvwidth is None and canvheight is None and bg is None:
            return self._size
        self._size = canvwidth or self._size[0], canvheight or self._size[1]
        if bg is not None:
            self.bgcolor(bg)
        self._change()
        return None

    def setworldcoordinates(self, llx, lly, urx, ury):
        """Set the coordinates of the lower left and the upper right corner."""
        self._mode, self._world = "world", (llx, lly, urx, ury)
        self._change()

    def mode(self, mode=None):
        """Set or return the mode: standard, logo or world."""
        if mode is None:
            return self._mode
        if mode not in ("standard", "logo", "world"):
            raise TurtleGraphicsError("No turtle-graphics-mode %s" % mode)
        self._mode = mode
        self.reset()
        return None

    def colormode(self, cmode=None):
        """Set or return the largest number in a color: 1.0 or 255."""
        if cmode is None:
            return self._colormode
        if cmode in (1.0, 255):
            self._colormode = float(cmode) if cmode == 1.0 else 255
        return None

    def tracer(self, n=None, delay=None):
        """Turn the animation on or off: with 0, `update` shows what was drawn."""
        if n is None:
            return self._tracer
        self._tracer = int(n)
        return None

    def delay(self, delay=None):
        """Set or return the delay, which changes nothing here."""
        if delay is None:
            return self._delay
        self._delay = int(delay)
        return None

    def update(self):
        """Show what was drawn."""
        self._show()

    def clear(self):
        """Delete all drawings and all turtles."""
        self._items.clear()
        self._turtles.clear()
        self._background = "white"
        self._change()

    clearscreen = clear

    def reset(self):
        """Reset all turtles."""
        for turtle in self._turtles:
            turtle.reset()

    resetscreen = reset

    def turtles(self):
        """All turtles."""
        return list(self._turtles)

    def window_width(self):
        """The width of the window."""
        return self._size[0]

    def window_height(self):
        """The height of the window."""
        return self._size[1]

    def getshapes(self):
        """The names of all shapes."""
        return sorted(self._shapes)

    def register_shape(self, name, shape=None):
        """Add a shape: a tuple of points."""
        if shape is None:
            raise TurtleGraphicsError("shapes from image files are not supported here: give the points of a polygon")
        self._shapes[name] = getattr(shape, "_data", shape)

    addshape = register_shape

    def textinput(self, title, prompt):
        """Ask for a text."""
        return self._results.builtins.input("%s: %s " % (title, prompt))

    def numinput(self, title, prompt, default=None, minval=None, maxval=None):
        """Ask for a number."""
        answer = self.textinput(title, prompt)
        value = default if not answer.strip() else float(answer)
        if value is not None and ((minval is not None and value < minval) or (maxval is not None and value > maxval)):
            raise ValueError("%s is not between %s and %s" % (value, minval, maxval))
        return value

    def ontimer(self, fun, t=0):
        """Call a function after so many milliseconds, in `mainloop`."""
        self._timers.append((monotonic() + t / 1000, fun))

    def mainloop(self):
        """Call the functions of `ontimer` until none is left."""
        while self._timers:
            self._timers.sort(key=lambda timer: timer[0])
            due, fun = self._timers.pop(0)
            sleep(max(0, due - monotonic()))
            fun()
            if self._tracer:
                self._change()
        self._show()

    done = exitonclick = mainloop

    def _tell(self, *arguments, **options):
        """Keys and clicks don't come here."""
        if not self._has_told:
            self._has_told = True
            self._results.warn(
                "turtle: keys and clicks don't reach a program that runs here, so their functions are never called"
            )

    onkey = onkeyrelease = onkeypress = onclick = onscreenclick = _tell

    def listen(self, xdummy=None, ydummy=None):
        """Nothing: there is one window."""

    def title(self, titlestring):
        """Nothing: there is no title."""

    def bgpic(self, picname=None):
        """Nothing: pictures of the background are not supported."""
        return "nopic"

    def bye(self):
        """Show what was drawn."""
        self._show()

    def getcanvas(self):
        """There is none of Tk."""
        raise TurtleGraphicsError("there is no canvas of Tk here: what turtles draw is SVG")


def merged(items):
    """Items with lines that go on from each other as one."""
    run = None
    for item in items:
        if item[1] == "line":
            _, _, start, end, color, width = item
            if run is not None and run[0] is item[0] and run[3:] == [color, width] and run[2][-1] == start:
                run[2].append(end)
                continue
            if run is not None:
                yield run
            run = [item[0], "path", [start, end], color, width]
            continue
        if run is not None:
            yield run
            run = None
        yield item
    if run is not None:
        yield run


def extent(item):
    """Points that an item covers."""
    if item[1] == "line":
        return item[2], item[3]
    if item[1] in ("fill", "stamp"):
        return item[2]
    return (item[2],)


def svg_of(item):
    """The elements of an item."""
    kind, where = item[1], item[2]
    pairs = where if kind in ("path", "fill", "stamp") else (where,)
    if not pairs or not all(isfinite(x) and isfinite(y) for x, y in pairs):
        return []
    stroke = ' stroke-linecap="round" stroke-linejoin="round" vector-effect="non-scaling-stroke"'
    if kind == "path":
        return [
            '<polyline points="%s" fill="none" stroke="%s" stroke-width="%s"%s/>'
            % (points(pairs), item[3], number(item[4]), stroke)
        ]
    if kind == "fill":
        return ['<polygon points="%s" fill="%s" fill-rule="evenodd"/>' % (points(pairs), item[3])]
    if kind == "stamp":
        return [
            '<polygon points="%s" fill="%s" stroke="%s" stroke-width="%s"/>'
            % (points(pairs), item[4], item[3], number(item[5]))
        ]
    x, y = number(where[0]), number(-where[1])
    if kind == "dot":
        return ['<circle cx="%s" cy="%s" r="%s" fill="%s"/>' % (x, y, number(item[3] / 2), item[4])]
    family, size, style, anchor, color, words = item[3:]
    look = 'font-family="%s" font-size="%s" text-anchor="%s" fill="%s"' % (
        text(family),
        number(size * 4 / 3),
        anchor,
        color,
    )
    look += ' font-weight="bold"' if "bold" in style else ""
    look += ' font-style="italic"' if "italic" in style else ""
    return ['<text x="%s" y="%s" %s xml:space="preserve">%s</text>' % (x, y, look, text(words))]
