import { connect } from "codecell";
import { useEffect, useRef, useState } from "react";
import { outputTail } from "./output-tail.js";

export function PythonCell({ sandbox, code }) {
  const [output, setOutput] = useState("");
  const [running, setRunning] = useState(false);
  const [tail] = useState(() => outputTail(setOutput));
  const interpreter = useRef(null);
  const stopper = useRef(null);

  useEffect(() => {
    return () => {
      stopper.current?.abort();
      interpreter.current?.close();
      interpreter.current = null;
    };
  }, []);

  async function run() {
    const { signal } = (stopper.current = new AbortController());
    const print = (message) => tail.print(message.output);
    tail.clear();
    setRunning(true);
    try {
      interpreter.current ??= await connect(sandbox);
      const { error } = await interpreter.current.runCode(code, { onStdout: print, onStderr: print, capture: false, signal });
      if (error) tail.print(error.traceback);
    } catch (error) {
      tail.print(signal.aborted ? "stopped\n" : `${error.message}\n`);
    } finally {
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
