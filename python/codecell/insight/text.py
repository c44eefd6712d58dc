"""What is at the cursor: a name, the expression before it, a string, the call that it stands in."""

# Of longer code only the end is looked at, from the beginning of a line.
LONGEST_SCAN = 64 * 1024
OPENING, CLOSING = "([{", ")]}"


class Place:
    """A place in code."""

    def __init__(self, code: str, offset: int):
        self.code = code
        self.offset = offset
        self.string_start = -1  # where the content of the string begins that it is in
        self.is_comment = False
        self.open = []  # (index of a bracket that is open, of the last comma in it or of itself)
        self.closed = {}  # from the index of a closing bracket to that of its opening one
        self.scan()
        self.start = word_start(code, offset)
        self.word = code[self.start : offset]
        line = code.rfind("\n", 0, offset) + 1
        self.before = code[line : self.start]  # of this line

    def scan(self):
        """Goes through the code up to the place."""
        code, offset = self.code, self.offset
        index = 0
        if offset > LONGEST_SCAN:
            index = code.find("\n", offset - LONGEST_SCAN, offset) + 1
        while index < offset:
            character = code[index]
            if character == "#":
                end = code.find("\n", index, offset)
                if end < 0:
                    self.is_comment = True
                    return
                index = end
            elif character in "'\"":
                quote = character * 3 if code.startswith(character * 3, index) else character
                start = index + len(quote)
                index = string_end(code, start, quote, offset)
                if index < 0:
                    self.string_start = start
                    return
            else:
                if character in OPENING:
                    self.open.append([index, index])
                elif character in CLOSING and self.open:
                    self.closed[index], _ = self.open.pop()
                elif character == "," and self.open:
                    self.open[-1][1] = index
                index += 1

    def path(self):
        """The steps to the word, as `a.b.` has two; None if something else stands before its dot."""
        return self.steps_to(self.start)

    def call(self):
        """The steps to the function whose call it stands in, or None."""
        if not self.open or self.code[self.open[-1][0]] != "(":
            return None
        end = self.open[-1][0]
        start = word_start(self.code, end)
        if start == end:
            return None
        steps = self.steps_to(start)
        return None if steps is None else [*steps, self.code[start:end]]

    def steps_to(self, end):
        """What leads to a word, to its dot: names, subscripts as `[0]`, and `()` for calls. None if something else stands before a dot."""
        code = self.code
        steps = []
        while end and code[end - 1] == ".":
            end -= 1
            trailers = []
            while end - 1 in self.closed:
                opening = self.closed[end - 1]
                trailers.insert(0, code[opening:end] if code[opening] == "[" else "()")
                end = opening
            start = word_start(code, end)
            if start == end:
                return None
            steps[:0] = [code[start:end], *trailers]
            end = start
        return steps if not steps or steps[0].isidentifier() else None

    def begins_argument(self):
        """Whether the word is all there is of an argument."""
        return bool(self.open) and not self.code[self.open[-1][1] + 1 : self.start].strip()


def is_of_word(character):
    """Whether a character can be part of a name."""
    return character.isalnum() or character == "_"


def word_start(code, offset):
    """Where the word before a place begins."""
    while offset and is_of_word(code[offset - 1]):
        offset -= 1
    return offset


def word_end(code, offset):
    """Where the word after a place ends."""
    while offset < len(code) and is_of_word(code[offset]):
        offset += 1
    return offset


def string_end(code, index, quote, offset):
    """The index after a string's end; -1 if the place is in it. A line's end ends a short one, closed or not."""
    while index < offset:
        if code[index] == "\\":
            index += 2
        elif code.startswith(quote, index):
            return index + len(quote) if index + len(quote) <= offset else -1
        elif code[index] == "\n" and len(quote) == 1:
            return index + 1
        else:
            index += 1
    return -1


def characters(code, units):
    """The index of a place that is given in UTF-16 units."""
    if code.isascii():
        return max(0, min(units, len(code)))
    return len(code.encode("utf-16-le", "surrogatepass")[: 2 * max(0, units)].decode("utf-16-le", "ignore"))
