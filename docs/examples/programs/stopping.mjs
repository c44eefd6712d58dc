import { connect } from "codecell";

const { TOOLBOX_URL: toolboxUrl, TOOLBOX_TOKEN: token } = process.env;
const interpreter = await connect({ toolboxUrl, token });

// A button, a timer, a page that goes away: whatever aborts the signal interrupts Python.
await interpreter.runCode("count = 0");
const stop = AbortSignal.timeout(500);
try {
  await interpreter.runCode("while True: count += 1", { signal: stop });
} catch (reason) {
  console.log("stopped:", reason === stop.reason);
}

// The variables are still there.
console.log((await interpreter.runCode("print(count > 0)")).stdout.trim());

// Leaving a loop early stops the code too.
for await (const event of interpreter.streamCode("import itertools\nfor i in itertools.count(): print(i)")) {
  if (event.type === "stdout") {
    console.log("first line:", event.output.split("\n")[0]);
    break;
  }
}

interpreter.close();
