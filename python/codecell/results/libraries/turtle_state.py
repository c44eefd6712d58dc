"""What a turtle of the `turtle` module is: where it is, how it looks, how it draws."""

from math import atan2, cos, degrees, hypot, pi, radians, sin

from .turtle_screen import Screen, TurtleGraphicsError

MOST_UNDONE = 1000
SPEEDS = {"fastest": 0, "fast": 10, "normal": 6, "slow": 3, "slowest": 1}


class Vec2D(tuple):
    """A vector of two numbers."""

    def __new__(cls, x, y):
        return tuple.__new__(cls, (x, y))

    def __add__(self, other):
        return Vec2D(self[0] + other[0], self[1] + other[1])

    def __sub__(self, other):
        return Vec2D(self[0] - other[0], self[1] - other[1])

    def __mul__(self, other):
        if isinstance(other, Vec2D):
            return self[0] * other[0] + self[1] * other[1]
        return Vec2D(self[0] * other, self[1] * other)

    def __rmul__(self, other):
        return Vec2D(self[0] * other, self[1] * other)

    def __neg__(self):
        return Vec2D(-self[0], -self[1])

    def __abs__(self):
        return hypot(*self)

    def rotate(self, angle):
        """The vector, turned by an angle."""
        c, s = cos(radians(angle)), sin(radians(angle))
        return Vec2D(self[0] * c - self[1] * s, self[0] * s + self[1] * c)

    def __repr__(self):
        return "(%.2f,%.2f)" % self


class State:
    """The state of a turtle, and the functions that set and return it."""

    _screen: Screen

    def __init__(self, shape="classic", undobuffersize=MOST_UNDONE, visible=True):
        self._undone = []
        self._start()
        self._shape, self._visible = shape, visible
        self._screen._turtles.append(self)

    def _start(self):
        self._x = self._y = 0.0
        self._angle = 90.0 if self._screen._mode == "logo" else 0.0  # in degrees, from the right, against the clock
        self._down, self._width, self._full = True, 1, 360.0
        self._pencolor = self._fillcolor = "black"
        self._visible, self._speed = True, 3
        self._shape, self._stretch = "classic", (1, 1, 1)
        self._fill = None
        self._stamps = 0

    def _state(self):
        """A copy of what a clone takes over and `undo` brings back."""
        return {name: value for name, value in vars(self).items() if name not in ("_undone", "_fill")}

    def position(self):
        """Where the turtle is."""
        return Vec2D(self._x, self._y)

    pos = position

    def xcor(self):
        """The first coordinate."""
        return self._x

    def ycor(self):
        """The second coordinate."""
        return self._y

    def heading(self):
        """The direction."""
        angle = round(90 - self._angle if self._screen._mode == "logo" else self._angle, 10) % 360
        return angle * self._full / 360

    def towards(self, x, y=None):
        """The direction to a position or another turtle."""
        x, y = self._place(x, y)
        angle = round(degrees(atan2(y - self._y, x - self._x)), 10)
        return ((90 - angle if self._screen._mode == "logo" else angle) % 360) * self._full / 360

    def distance(self, x, y=None):
        """The distance to a position or another turtle."""
        x, y = self._place(x, y)
        return hypot(x - self._x, y - self._y)

    def _place(self, x, y):
        if y is not None:
            return x, y
        return (x._x, x._y) if isinstance(x, State) else x

    def degrees(self, fullcircle=360.0):
        """Measure angles in degrees."""
        self._full = float(fullcircle)

    def radians(self):
        """Measure angles in radians."""
        self._full = 2 * pi

    def penup(self):
        """Stop drawing."""
        self._down = False

    pu = up = penup

    def pendown(self):
        """Draw from now on."""
        self._down = True

    pd = down = pendown

    def isdown(self):
        """Whether it draws."""
        return self._down

    def pensize(self, width=None):
        """Set or return how thick lines are."""
        if width is None:
            return self._width
        self._width = width
        return None

    width = pensize

    def speed(self, speed=None):
        """Set or return the speed, which changes nothing here: the picture is shown as fast as it is drawn."""
        if speed is None:
            return self._speed
        speed = SPEEDS.get(speed, speed)
        self._speed = round(speed) if 0.5 < speed < 10.5 else 0
        return None

    def color(self, *args):
        """Set or return the colors of lines and of shapes."""
        if not args:
            return self._pencolor, self._fillcolor
        pencolor, fillcolor = (args[0], args[1]) if len(args) == 2 else (args, args)
        self._pencolor = self._screen._color(pencolor if len(args) != 2 else (pencolor,))
        self._fillcolor = self._screen._color(fillcolor if len(args) != 2 else (fillcolor,))
        self._screen._change()
        return None

    def pencolor(self, *args):
        """Set or return the color of lines."""
        if not args:
            return self._pencolor
        self._pencolor = self._screen._color(args)
        return None

    def fillcolor(self, *args):
        """Set or return the color of shapes."""
        if not args:
            return self._fillcolor
        self._fillcolor = self._screen._color(args)
        return None

    def showturtle(self):
        """Show the turtle."""
        self._visible = True
        self._screen._change()

    st = showturtle

    def hideturtle(self):
        """Hide the turtle."""
        self._visible = False
        self._screen._change()

    ht = hideturtle

    def isvisible(self):
        """Whether the turtle is shown."""
        return self._visible

    def shape(self, name=None):
        """Set or return the turtle's shape."""
        if name is None:
            return self._shape
        if name not in self._screen._shapes:
            raise TurtleGraphicsError("There is no shape named %s" % name)
        self._shape = name
        self._screen._change()
        return None

    def shapesize(self, stretch_wid=None, stretch_len=None, outline=None):
        """Set or return the turtle's size."""
        if stretch_wid is None and stretch_len is None and outline is None:
            return self._stretch
        wide = self._stretch[0] if stretch_wid is None else stretch_wid
        long = stretch_len if stretch_len is not None else wide if stretch_wid is not None else self._stretch[1]
        self._stretch = wide, long, self._stretch[2] if outline is None else outline
        self._screen._change()
        return None

    turtlesize = shapesize

    def resizemode(self, rmode=None):
        """Nothing: the size is that of `shapesize`."""
        return "user" if rmode is None else None

    def setundobuffer(self, size):
        """Nothing: the last 1000 actions can be undone."""

    def getscreen(self):
        """The screen."""
        return self._screen

    def getturtle(self):
        """The turtle itself."""
        return self

    getpen = getturtle

    def clone(self):
        """Another turtle that is where this one is."""
        other = type(self)()
        vars(other).update(self._state())
        return other

    def onclick(self, *arguments, **options):
        """Clicks don't come here."""
        self._screen._tell()

    onrelease = ondrag = onclick
