import { connect, DaytonaValidationError } from "codecell";

self.addEventListener("message", async ({ data: { toolboxUrl, token } }) => {
  const print = (text) => self.postMessage(text);
  try {
    const interpreter = await connect({ toolboxUrl, token });
    await interpreter.runCode("for i in range(3): print(i)", { onStdout: (message) => print(message.output) });
    const { error } = await interpreter.runCode("1/0");
    print(`${error.name}: ${error.value}\n`);
    await interpreter.runCode("print(1)", { timeout: -1 }).catch((error) => {
      print(`refused: ${error instanceof DaytonaValidationError}\n`);
    });
    interpreter.close();
  } catch (error) {
    print(`${error}\n`);
  }
});
