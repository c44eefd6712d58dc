import { connect } from "codecell";

const { toolboxUrl, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const [code, run, output] = ["#code", "#run", "#output"].map((id) => document.querySelector(id));
const print = (message) => output.append(message.output);

run.addEventListener("click", async () => {
  output.replaceChildren();
  const interpreter = await connect({ toolboxUrl, token });
  const { error } = await interpreter.runCode(code.value, { onStdout: print, onStderr: print });
  if (error) output.append(error.traceback);
});
