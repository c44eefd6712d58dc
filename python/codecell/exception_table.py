"""Python 3.11 and 3.12: covers a gap that its compiler leaves in the table of exception handlers.

The instruction of a `try` has no handler. Where a loop begins right after it, an interrupt at the loop's end counts as one
at that instruction, so no `except` or `finally` around it, and not the guard of a cell, would get it.
"""

NOP = 9
CONTINUED = 0x40
FIRST = 0x80


def cover_gaps(code):
    """The code, whose module level has no such gaps."""
    entries = read(code.co_exceptiontable)
    instructions = code.co_code  # a copy, each time
    covered = []
    end = 0
    for start, length, target, depth in entries:
        begin = start
        while begin > end and instructions[2 * (begin - 1)] == NOP:
            begin -= 1
        end = start + length
        covered.append((begin, end - begin, target, depth))
    return code if covered == entries else code.replace(co_exceptiontable=b"".join(map(write, covered)))


def read(table):
    """Entries: start, length and target, in instructions, then depth and flag."""
    numbers = []
    number = 0
    for byte in table:
        number = number << 6 | byte & 0x3F
        if not byte & CONTINUED:
            numbers.append(number)
            number = 0
    return list(zip(*[iter(numbers)] * 4))


def write(entry):
    """The bytes of an entry."""
    data = bytearray()
    for number in entry:
        digits = [number & 0x3F]
        while number > 0x3F:
            number >>= 6
            digits.append(number & 0x3F | CONTINUED)
        data += bytes(reversed(digits))
    data[0] |= FIRST
    return bytes(data)
