import { connect } from "codecell";

const { TOOLBOX_URL: toolboxUrl, TOOLBOX_TOKEN: token } = process.env;
const interpreter = await connect({ toolboxUrl, token });

const test = `
def _check():
    assert mean([1, 2, 3]) == 2, "mean([1, 2, 3]) should be 2"
    assert mean([5]) == 5, "the mean of one number is that number"
_check()
`;

/** Runs a learner's code, and the test after it, in a context that nothing else has used. */
async function check(code) {
  const context = await interpreter.createContext();
  try {
    for (const [name, source] of [["answer.py", code], ["test.py", test]]) {
      const { error } = await interpreter.runCode(source, { context, name, timeout: 2, capture: false });
      if (error) return feedback(error);
    }
    return "right";
  } catch (error) {
    if (error.code === "TIMEOUT") return "not yet: it takes longer than 2 seconds";
    throw error;
  } finally {
    await interpreter.deleteContext(context);
  }
}

/** What the learner hears: what the test says, or where their own code failed. Never a line of the test. */
function feedback({ name, value, frames }) {
  if (name === "AssertionError") return `not yet: ${value}`;
  const own = frames.findLast(({ file }) => file === "answer.py");
  return own ? `not yet: line ${own.line}, ${name}: ${value}` : `not yet: ${name}: ${value}`;
}

console.log(await check("def mean(numbers):\n    return sum(numbers) / len(numbers)"));
console.log(await check("def mean(numbers):\n    return numbers[0]"));
console.log(await check("def mean(numbers):\n    total = 0\n    return totl / len(numbers)"));
console.log(await check("def average(numbers):\n    return sum(numbers) / len(numbers)"));
console.log(await check("def mean(numbers):\n    while True: pass"));
interpreter.close();
