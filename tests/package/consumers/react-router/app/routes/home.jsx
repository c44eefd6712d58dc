import { connect, DaytonaValidationError } from "codecell";
import { useEffect, useState } from "react";

export default function Home() {
  const [output, setOutput] = useState("");
  const [mounted, setMounted] = useState(false);
  useEffect(() => setMounted(true), []);

  async function run() {
    const print = (text) => setOutput((before) => before + text);
    setOutput("");
    try {
      const { toolboxUrl, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
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
  }

  return (
    <main>
      <h1>Rendered on the server</h1>
      <button id="run" disabled={!mounted} onClick={run}>
        Run
      </button>
      <pre id="output">{output}</pre>
    </main>
  );
}
