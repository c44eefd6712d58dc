import { connect } from "codecell";
import { useEffect, useRef, useState } from "react";

export function PythonCell({ sandbox, code }) {
  const [output, setOutput] = useState("");
  const [running, setRunning] = useState(false);
  const stopper = useRef(null);
  useEffect(() => () => stopper.current?.abort(), []);

  async function run() {
    const { signal } = (stopper.current = new AbortController());
    const print = (message) => setOutput((before) => before + message.output);
    setOutput("");
    setRunning(true);
    let interpreter;
    try {
      interpreter = await connect(sandbox);
      const { error } = await interpreter.runCode(code, { onStdout: print, onStderr: print, signal });
      if (error) print({ output: error.traceback });
    } catch (error) {
      print({ output: signal.aborted ? "stopped\n" : `${error.message}\n` });
    } finally {
      interpreter?.close();
      setRunning(false);
    }
  }

  return (
    <>
      <button onClick={running ? () => stopper.current.abort() : run}>{running ? "Stop" : "Run"}</button>
      <pre>{output}</pre>
    </>
  );
}
