import { connect } from "codecell";

const { TOOLBOX_URL: toolboxUrl, TOOLBOX_TOKEN: token } = process.env;

// before: const { codeInterpreter } = await new Daytona({ apiKey }).get(sandboxId);
const interpreter = await connect({ toolboxUrl, token });

// The same from here on.
const context = await interpreter.createContext();
const result = await interpreter.runCode("x = 100\nprint(x)", {
  context,
  envs: { GREETING: "hello" },
  timeout: 10,
  onStdout: ({ output }) => process.stdout.write(output),
  onStderr: ({ output }) => process.stderr.write(output),
  onError: (error) => console.error(error.traceback),
});
console.log(result.stdout === "100\n", result.status);
await interpreter.deleteContext(context);

interpreter.close();
