import { connect, DaytonaValidationError } from "codecell";

export default {
  async fetch(request, env) {
    let output = "";
    const print = (text) => (output += text);
    const interpreter = await connect({ toolboxUrl: env.TOOLBOX_URL, token: env.TOOLBOX_TOKEN });
    await interpreter.runCode("for i in range(3): print(i)", { onStdout: (message) => print(message.output) });
    const { error } = await interpreter.runCode("1/0");
    print(`${error.name}: ${error.value}\n`);
    await interpreter.runCode("print(1)", { timeout: -1 }).catch((error) => {
      print(`refused: ${error instanceof DaytonaValidationError}\n`);
    });
    interpreter.close();
    return new Response(output);
  },
};
