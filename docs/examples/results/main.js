import { connect } from "codecell";
import { resultList } from "codecell/render";

const { toolboxUrl, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const [code, run, output] = ["#code", "#run", "#output"].map((id) => document.querySelector(id));
const list = resultList(output);
let interpreter;

run.addEventListener("click", async () => {
  list.clear();
  const print = (message) => list.add({ data: { "text/plain": message.output.trimEnd() } });
  try {
    interpreter ??= await connect({ toolboxUrl, token });
    const { error } = await interpreter.runCode(code.value, { onStdout: print, onStderr: print, onResult: list.add });
    if (error) print({ output: error.traceback });
  } catch (error) {
    print({ output: error.message });
  }
});
