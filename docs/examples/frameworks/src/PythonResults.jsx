import { connect } from "codecell";
import { resultList } from "codecell/render";
import { useEffect, useRef } from "react";

export function PythonResults({ sandbox, code }) {
  const results = useRef(null);
  const interpreter = useRef(null);

  useEffect(() => () => interpreter.current?.close(), []);

  async function run() {
    const list = resultList(results.current);
    list.clear();
    interpreter.current ??= await connect(sandbox);
    await interpreter.current.runCode(code, { onResult: list.add });
  }

  return (
    <>
      <button onClick={run}>Run</button>
      <div ref={results} />
    </>
  );
}
