import { connect, DaytonaConnectionError, DaytonaTimeoutError } from "codecell";

const { TOOLBOX_URL: toolboxUrl, TOOLBOX_TOKEN: token } = process.env;
const interpreter = await connect({ toolboxUrl, token });

async function ending(code, options) {
  try {
    const { status, stdout, error } = await interpreter.runCode(code, options);
    return [status, error?.name ?? stdout.trim()];
  } catch (error) {
    if (error instanceof DaytonaTimeoutError) return ["timed out, after", error.result.stdout.trim()];
    if (error instanceof DaytonaConnectionError) return ["ended from outside:", error.code, "after", error.result.stdout.trim()];
    throw error;
  }
}

console.log(...(await ending("print('done')")));
console.log(...(await ending("1 / 0")));
console.log(...(await ending("import sys; sys.exit(3)")));
console.log(...(await ending("print('so far'); import time; time.sleep(9)", { timeout: 1 })));
console.log(...(await ending("print('so far'); import os; os._exit(1)")));
console.log(...(await ending("print('a new worker')")));

interpreter.close();
