// The official client. Its CodeInterpreter is made as its Sandbox makes it, but for one thing: it is handed the toolbox's token, where in a page it
// asks the control plane for it before each run.

import { Daytona } from "@daytonaio/sdk";
import { CodeInterpreter } from "@daytonaio/sdk/CodeInterpreter";

const versionHeader = { "X-Daytona-SDK-Version": "0.218.0" };

/** This bundle contains the whole SDK, as the bundle of a page does. */
export const entry = Daytona;

/** A client of the toolbox at `url`. */
export async function open(url, token) {
  const interpreter = new CodeInterpreter({ basePath: url, baseOptions: { headers: versionHeader } }, undefined, async () => token);
  return { run: async (code, onStdout) => (await interpreter.runCode(code, { onStdout })).stdout, close() {} };
}
