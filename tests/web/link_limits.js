// Messages that are larger than the toolbox takes: it closes the connection, and they must not be sent again with each new one.

import { rejection, same } from "./helpers.js";
import { linked, listen, warm } from "./link_toolbox.js";

const LARGEST = 1000;
const isSmall = (toolbox) => (toolbox.largest = LARGEST);
const long = "x".repeat(LARGEST);

export async function an_answer_that_is_too_large_ends_its_run_alone(given) {
  const { toolbox, interpreter } = await linked(given, {}, isSmall);
  const other = listen(interpreter, "other");
  (await toolbox.run("other")).print("a");
  const asking = rejection(interpreter.runCode("x", { onInput: () => long }));
  const run = await toolbox.run("x");
  run.print("before").frame("input", "? ");
  const { code, closeCode, message, result } = await asking;
  same([code, closeCode, result.stdout], ["INVALID_REQUEST", 1009, "before"]);
  same(message.replace(/is \d+ bytes/, "is N bytes"), "The run could not go on: the message is N bytes long; 1000 are allowed. The code may still be running: run it again only if twice does no harm.");
  await toolbox.until(() => run.isLeft);
  (await toolbox.run("other")).print("b").complete();
  same([(await other.running).stdout, other.heard], ["ab", ["a", "b"]]);
  same([run.told, toolbox.opened], [[], 2]);
  interpreter.close();
}

export async function code_that_is_too_large_does_not_run(given) {
  const { toolbox, interpreter } = await linked(given, {}, isSmall);
  await warm(interpreter, toolbox);
  const { code, message, result } = await rejection(interpreter.runCode(long));
  same([code, message.startsWith("The code did not run: the message is "), result], ["INVALID_REQUEST", true, undefined]);
  const { running } = listen(interpreter, "x");
  (await toolbox.run("x")).complete();
  same([(await running).status, toolbox.opened], ["completed", 2]);
  interpreter.close();
}

export async function a_toolbox_that_forgets_what_it_refused_is_told_no_more_of_it(given) {
  const { toolbox, interpreter } = await linked(given, {}, isSmall);
  await warm(interpreter, toolbox);
  const refused = rejection(interpreter.runCode(long));
  const [socket] = toolbox.sockets;
  await toolbox.until(() => socket.readyState === 3);
  toolbox.restart();
  same((await refused).code, "CONNECTION_LOST");
  const { running } = listen(interpreter, "x");
  (await toolbox.run("x")).complete();
  same((await running).status, "completed");
  same(toolbox.messages.filter(({ leave }) => leave !== undefined), []);
  interpreter.close();
}

export async function only_the_first_message_that_is_too_large_is_refused(given) {
  for (const codes of [[long, "b", "c"], ["a", long, "c"], ["a", "b", long], ["a", long, long]]) {
    const { toolbox, interpreter } = await linked(given, {}, isSmall);
    const outcome = ({ stdout, code }) => stdout ?? code;
    // All of them wait for the first connection.
    const running = codes.map((code) => interpreter.runCode(code).then(outcome, outcome));
    for (const code of codes) if (code !== long) (await toolbox.run(code)).print(code).complete();
    same(await Promise.all(running), codes.map((code) => (code === long ? "INVALID_REQUEST" : code)));
    interpreter.close();
  }
}
