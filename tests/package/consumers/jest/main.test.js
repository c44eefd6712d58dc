import { connect, DaytonaValidationError } from "codecell";

test("Python runs", async () => {
  let printed = "";
  const interpreter = await connect({
    toolboxUrl: process.env.TOOLBOX_URL,
    token: process.env.TOOLBOX_TOKEN,
  });
  await interpreter.runCode("for i in range(3): print(i)", { onStdout: (message) => (printed += message.output) });
  expect(printed).toBe("0\n1\n2\n");
  const { error } = await interpreter.runCode("1/0");
  expect(`${error.name}: ${error.value}`).toBe("ZeroDivisionError: division by zero");
  await expect(interpreter.runCode("print(1)", { timeout: -1 })).rejects.toThrow(DaytonaValidationError);
  interpreter.close();
});
