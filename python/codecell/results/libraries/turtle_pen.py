"""The pen of the `turtle` module: how a turtle moves and draws."""

from math import cos, radians, sin

from .turtle_state import MOST_UNDONE, State, Vec2D


class Pen(State):
    """A turtle."""

    # Moving

    def _to(self, x, y, draws=True):
        start, self._x, self._y = (self._x, self._y), x, y
        if self._down and draws:
            self._add("line", start, (x, y), self._pencolor, self._width)
        if self._fill is not None:
            self._fill[2].append((x, y))
        self._screen._change()

    def _add(self, *item):
        item = [self, *item]
        self._screen._items.append(item)
        return item

    def _remember(self):
        """Keeps the current state for `undo`."""
        self._undone.append((self._state(), len(self._screen._items)))
        del self._undone[:-MOST_UNDONE]

    def forward(self, distance):
        """Move forward."""
        self._remember()
        angle = radians(self._angle)
        self._to(self._x + distance * cos(angle), self._y + distance * sin(angle))

    fd = forward

    def back(self, distance):
        """Move backward."""
        self.forward(-distance)

    bk = backward = back

    def right(self, angle):
        """Turn right."""
        self.left(-angle)

    rt = right

    def left(self, angle):
        """Turn left."""
        self._remember()
        self._angle = (self._angle + angle * 360 / self._full) % 360
        self._screen._change()

    lt = left

    def goto(self, x, y=None):
        """Move to a position."""
        self._remember()
        x, y = x if y is None else (x, y)
        self._to(float(x), float(y))

    setpos = setposition = goto

    def teleport(self, x=None, y=None, *, fill_gap=False):
        """Move to a position without drawing."""
        self._remember()
        self._to(self._x if x is None else x, self._y if y is None else y, draws=False)

    def setx(self, x):
        """Set the first coordinate."""
        self.goto(x, self._y)

    def sety(self, y):
        """Set the second coordinate."""
        self.goto(self._x, y)

    def setheading(self, to_angle):
        """Set the direction."""
        self._remember()
        angle = to_angle * 360 / self._full
        self._angle = (90 - angle if self._screen._mode == "logo" else angle) % 360
        self._screen._change()

    seth = setheading

    def home(self):
        """Move to the origin, and look in the first direction."""
        self.goto(0, 0)
        self.setheading(0)

    def circle(self, radius, extent=None, steps=None):
        """Draw a circle, or an arc of so many degrees."""
        extent = self._full if extent is None else extent
        turn = extent * 360 / self._full
        steps = steps or 1 + int(min(11 + abs(radius) / 6, 59) * abs(turn) / 360)
        step = turn / steps
        length = 2 * radius * sin(radians(step / 2))
        if radius < 0:
            step, length = -step, -length
        self._remember()
        self._angle += step / 2
        for _ in range(steps):
            angle = radians(self._angle)
            self._to(self._x + length * cos(angle), self._y + length * sin(angle))
            self._angle = (self._angle + step) % 360
        self._angle = (self._angle - step / 2) % 360

    # Drawing

    def dot(self, size=None, *color):
        """Draw a dot."""
        if isinstance(size, (str, tuple)) and not color:
            size, color = None, (size,)
        self._remember()
        size = max(self._width + 4, self._width * 2) if size is None else size
        self._add("dot", (self._x, self._y), size, self._screen._color(color) if color else self._pencolor)
        self._screen._change()

    def write(self, arg, move=False, align="left", font=("Arial", 8, "normal")):
        """Write a text."""
        self._remember()
        family, size, style = (*font, 8, "normal")[:3] if len(font) < 3 else font[:3]
        anchor = {"left": "start", "center": "middle", "right": "end"}.get(align.lower(), "start")
        self._add("text", (self._x, self._y), family, size, style, anchor, self._pencolor, str(arg))
        self._screen._change()

    def stamp(self):
        """Leave a copy of the turtle; its number."""
        self._remember()
        self._stamps += 1
        self._add("stamp", *self._figure(), self._stamps)
        self._screen._change()
        return self._stamps

    def clearstamp(self, stampid):
        """Delete the stamp of this number."""
        self._screen._items[:] = [
            one for one in self._screen._items if not (one[0] is self and one[1] == "stamp" and one[-1] == stampid)
        ]
        self._screen._change()

    def clearstamps(self, n=None):
        """Delete all stamps, or the first or the last ones."""
        numbers = [one[-1] for one in self._screen._items if one[0] is self and one[1] == "stamp"]
        for stamp in numbers if n is None else numbers[:n] if n >= 0 else numbers[n:]:
            self.clearstamp(stamp)

    def _figure(self):
        """The turtle's own points, colors and outline."""
        wide, long, outline = self._stretch
        shape = self._screen._shapes.get(self._shape, ())
        corners = [Vec2D(x * wide, y * long).rotate(self._angle - 90) for x, y in shape]
        return [(x + self._x, y + self._y) for x, y in corners], self._pencolor, self._fillcolor, outline

    def begin_fill(self):
        """Begin a shape that is to be filled."""
        self._fill = self._add("fill", [(self._x, self._y)], "none")

    def end_fill(self):
        """Fill the shape."""
        if self._fill is not None:
            self._fill[3], self._fill = self._fillcolor, None
            self._screen._change()

    def filling(self):
        """Whether a shape is to be filled."""
        return self._fill is not None

    def undo(self):
        """Take the last action back."""
        if self._undone:
            state, count = self._undone.pop()
            vars(self).update(state)
            items = self._screen._items
            items[count:] = [one for one in items[count:] if one[0] is not self]
            self._screen._change()

    def clear(self):
        """Delete what this turtle has drawn."""
        self._screen._items[:] = [one for one in self._screen._items if one[0] is not self]
        self._fill = None
        self._screen._change()

    def reset(self):
        """Delete what this turtle has drawn, and begin anew."""
        self.clear()
        self._start()
