import { connect, DaytonaValidationError } from "codecell";

// Whoever serves the page gives it both; here they are in its address: #toolboxUrl=…&token=…
const { toolboxUrl, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const output = document.querySelector("#output");
const print = (text) => output.append(text);

document.querySelector("#run").addEventListener("click", async () => {
  output.replaceChildren();
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
