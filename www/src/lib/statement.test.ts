import { python } from "@codemirror/lang-python";
import { EditorState } from "@codemirror/state";
import { describe, expect, it } from "vitest";
import { statementLines } from "./statement";

const code = `import time

# a comment
for i in range(3):
    print(i)

    time.sleep(1)

if a:
    b
else:
    c

@decorator
def f():
    text = """one

three"""
    return g(
        1,
    )

try:
    1 / 0
except ZeroDivisionError:
    pass

x = 1; y = 2  # two
async def h(): pass
class C:
    z = 3
with open("f") as f:
    pass
while True: break
match x:
    case 1:
        pass
`;

function linesAt(number: number): [number, number] | undefined {
  const state = EditorState.create({ doc: code, extensions: [python()] });
  const lines = statementLines(state, state.doc.line(number));
  return lines && [lines.first.number, lines.last.number];
}

describe("the statement at a line", () => {
  it.each<[string, number, [number, number] | undefined]>([
    ["a simple one", 1, [1, 1]],
    ["a blank line", 2, undefined],
    ["a comment", 3, undefined],
    ["for", 4, [4, 7]],
    ["a line of its body", 5, [5, 5]],
    ["a blank line of its body", 6, undefined],
    ["if", 9, [9, 12]],
    ["else", 11, [9, 12]],
    ["a decorator", 14, [14, 21]],
    ["a decorated function", 15, [14, 21]],
    ["the start of a string of three lines", 16, [16, 18]],
    ["a blank line in a string", 17, [16, 18]],
    ["the end of a string", 18, [16, 18]],
    ["an argument of a call", 20, [19, 21]],
    ["try", 23, [23, 26]],
    ["except", 25, [23, 26]],
    ["two in a line", 28, [28, 28]],
    ["an async function", 29, [29, 29]],
    ["a class", 30, [30, 31]],
    ["with", 32, [32, 33]],
    ["while in one line", 34, [34, 34]],
    ["match", 35, [35, 37]],
    ["case", 36, [35, 37]],
  ])("%s", (_name, number, expected) => expect(linesAt(number)).toEqual(expected));
});
