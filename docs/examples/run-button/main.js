import { connect } from "codecell";

const { toolboxUrl, token } = Object.fromEntries(new URLSearchParams(location.hash.slice(1)));
const [code, run, output] = ["#code", "#run", "#output"].map((id) => document.querySelector(id));

let interpreter, text, frame;
function print(message) {
  text = (text + message.output).slice(-200_000);
  frame ??= requestAnimationFrame(draw);
}
function draw() {
  frame = undefined;
  output.textContent = text.split("\n").slice(-2_001).join("\n");
}

run.addEventListener("click", async () => {
  text = "";
  draw();
  run.disabled = true;
  try {
    interpreter ??= await connect({ toolboxUrl, token });
    const { error } = await interpreter.runCode(code.value, { onStdout: print, onStderr: print, capture: false });
    if (error) print({ output: error.traceback });
  } catch (error) {
    print({ output: error.message });
  } finally {
    run.disabled = false;
  }
});
