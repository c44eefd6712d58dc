import { connect } from "codecell";
import { resultList } from "codecell/render";
import { useEffect, useRef } from "react";

export function PythonResults({ sandbox, code }) {
  const results = useRef(null);
  const interpreter = useRef(null);

  useEffect(() => () => interpreter.current?.close(), []);

  async function run() {
    const list = resultList(results.current);
    const print = (message) => list.add({ data: { "text/plain": message.output.trimEnd() } });
    list.clear();
    try {
      interpreter.current ??= await connect(sandbox);
      const { error } = await interpreter.current.runCode(code, { onStdout: print, onStderr: print, onResult: list.add });
      if (error) print({ output: error.traceback });
    } catch (error) {
      print({ output: error.message });
    }
  }

  return (
    <>
      <button onClick={run}>Run</button>
      <div ref={results} />
    </>
  );
}
