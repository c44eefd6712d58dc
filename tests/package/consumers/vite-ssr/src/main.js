import { connect, DaytonaValidationError } from "codecell";

const print = (text) => process.stdout.write(text);

const interpreter = await connect({
  toolboxUrl: process.env.TOOLBOX_URL,
  token: process.env.TOOLBOX_TOKEN,
});
await interpreter.runCode("for i in range(3): print(i)", { onStdout: (message) => print(message.output) });
const { error } = await interpreter.runCode("1/0");
print(`${error.name}: ${error.value}\n`);
await interpreter.runCode("print(1)", { timeout: -1 }).catch((error) => {
  print(`refused: ${error instanceof DaytonaValidationError}\n`);
});
interpreter.close();
