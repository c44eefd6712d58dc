import marshal
import posix


def take(count):
    data = b""
    while len(data) < count:
        more = posix.read(COMMANDS, count - len(data))
        if not more:
            posix._exit(1)
        data += more
    return data


programs = marshal.loads(take(int.from_bytes(take(4), "little")))
names = {"__name__": "codecell.importer", "__builtins__": dict(vars(__builtins__))}
exec(marshal.loads(programs["codecell.importer"]), names)
names["start"](programs).load("codecell.local.main").main(
    CHANNEL, COMMANDS, ACKNOWLEDGEMENTS, STACK, QUESTIONS, ANSWERS
)
raise SystemError
