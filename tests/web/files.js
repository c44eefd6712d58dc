// Files and requests of one's own, against a real toolbox. tests/sdk runs the same in Node, with the package.

import { files as fromSource } from "../../src/js/files/index.js";
import { fresh, holds, rejection, same } from "./helpers.js";

/** An interpreter, its files, and a folder of the test's own. */
async function open(given, options) {
  const { interpreter, context } = await fresh(given, options);
  const folder = `files-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`;
  return { interpreter, context, folder, fs: (given.files ?? fromSource)(interpreter) };
}

const text = (bytes) => new TextDecoder().decode(bytes);

function streamOf(...pieces) {
  return new ReadableStream({
    pull(controller) {
      if (pieces.length) controller.enqueue(pieces.shift());
      else controller.close();
    },
  });
}

export async function every_kind_of_data_comes_back_as_it_was(given) {
  const { interpreter, folder, fs } = await open(given);
  const bytes = Uint8Array.from({ length: 300_000 }, (_, index) => (index * 31) % 251);
  const rows = [
    ["ä\r\n\n--DAYTONA-FILE-BOUNDARY\r\n", new TextEncoder().encode("ä\r\n\n--DAYTONA-FILE-BOUNDARY\r\n")],
    ["", new Uint8Array()],
    [new Blob([bytes, "x"]), new Uint8Array([...bytes, 120])],
    [bytes.buffer, bytes],
    [bytes.subarray(5, 9), bytes.subarray(5, 9)],
    [new DataView(bytes.buffer, 3, 2), bytes.subarray(3, 5)],
    [streamOf(bytes.slice(0, 70_000), bytes.slice(70_000)), bytes],
    [streamOf("a", "é"), new TextEncoder().encode("aé")],
  ];
  for (const [index, [data, wanted]] of rows.entries()) {
    const path = `${folder}/${index}`;
    same(await fs.write(path, data), { path, bytes: wanted.length });
    const read = await fs.read(path);
    same([read.length, read.every((byte, at) => byte === wanted[at])], [wanted.length, true], path);
  }
  same(await fs.readText(`${folder}/7`), "aé");
  interpreter.close();
}

export async function names_stay_as_they_are(given) {
  const { interpreter, context, folder, fs } = await open(given);
  const names = ['quotes "and\' more', "line\nbreak", "carriage\r\nreturn", "ümlaut 漢字 🐍", "per%20cent%", "semi;colon=", " spaces ", "-dash", "back\\slash", "plus+and&", "tab\t"];
  await fs.uploadMany(names.map((name) => ({ path: `${folder}/${name}`, data: name })));
  for (const name of names) {
    same(await fs.readText(`${folder}/${name}`), name);
    same((await fs.info(`${folder}/${name}`)).name, name);
  }
  same((await fs.list(folder)).map(({ name }) => name).sort(), [...names].sort());
  const { stdout } = await interpreter.runCode(`import json, os; print(json.dumps(os.listdir(${JSON.stringify(folder)})))`, { context });
  same(JSON.parse(stdout).sort(), [...names].sort());
  for (const name of names) await fs.remove(`${folder}/${name}`);
  same(await fs.list(folder), []);
  interpreter.close();
}

export async function code_and_page_see_the_same_files(given) {
  const { interpreter, context, folder, fs } = await open(given);
  await fs.write(`${folder}/in.csv`, "a,b\n1,2\n");
  const code = `import os\nos.chdir(${JSON.stringify(folder)})\nopen('out.bin', 'wb').write(open('in.csv', 'rb').read() * 100_000)\nprint(os.getcwd(), end='')`;
  const { stdout } = await interpreter.runCode(code, { context });
  const read = await fs.read(`${stdout}/out.bin`);
  same([read.length, text(read.subarray(-8))], [800_000, "a,b\n1,2\n"]);
  interpreter.close();
}

export async function folders_are_made_listed_moved_and_removed(given) {
  const { interpreter, folder, fs } = await open(given);
  await fs.makeFolder(`${folder}/a/b`, { mode: "0750" });
  await fs.uploadMany([{ path: `${folder}/a/one.py`, data: "TODO: one\n" }, { path: `${folder}/a/b/two.py`, data: "x\n# TODO: two" }]);
  const listed = await fs.list(folder, { depth: 3 });
  same(listed.map(({ name, isDir }) => [name, isDir]).sort(), [["a", true], ["b", true], ["one.py", false], ["two.py", false]]);
  same(await fs.readText(listed.find(({ name }) => name === "two.py").path), "x\n# TODO: two");
  const info = await fs.info(`${folder}/a/one.py`);
  same([info.size, info.isDir, info.permissions, Math.abs(new Date(info.modifiedAt) - Date.now()) < 600_000], [10, false, "0644", true]);
  same((await fs.info(`${folder}/a/b`)).mode, "drwxr-x---");
  same((await fs.search(folder, "*.py")).sort(), [`${folder}/a/b/two.py`, `${folder}/a/one.py`]);
  same(await fs.find(folder, "TODO: t"), [{ file: `${folder}/a/b/two.py`, line: 2, content: "# TODO: two" }]);
  await fs.replace([`${folder}/a/one.py`, `${folder}/a/b/two.py`], "TODO", "DONE");
  same(await fs.readText(`${folder}/a/one.py`), "DONE: one\n");
  const half = await rejection(fs.replace([`${folder}/a/one.py`, `${folder}/missing.py`], "DONE", "TODO"));
  same([half.failed.map(({ path }) => path), half.message.includes("1 of 2 files")], [[`${folder}/missing.py`], true]);
  await fs.setPermissions(`${folder}/a/one.py`, { mode: "600" });
  same((await fs.info(`${folder}/a/one.py`)).permissions, "0600");
  const conflict = await rejection(fs.move(`${folder}/a/one.py`, `${folder}/a/b/two.py`));
  same([conflict.name, conflict.code, conflict.statusCode], ["DaytonaConflictError", "CONFLICT", 409]);
  await fs.move(`${folder}/a/one.py`, `${folder}/three.py`);
  same((await rejection(fs.remove(`${folder}/a`))).name, "DaytonaValidationError");
  await fs.remove(`${folder}/a`, { recursive: true });
  same((await fs.list(folder)).map(({ name }) => name), ["three.py"]);
  interpreter.close();
}

export async function what_can_not_be_read_or_written_says_why(given) {
  const { interpreter, folder, fs } = await open(given);
  await fs.makeFolder(folder);
  const rows = [
    [() => fs.read(`${folder}/missing`), "DaytonaNotFoundError", "NOT_FOUND", 404],
    [() => fs.stream(`${folder}/missing`), "DaytonaNotFoundError", "NOT_FOUND", 404],
    [() => fs.info(`${folder}/missing`), "DaytonaNotFoundError", "NOT_FOUND", 404],
    [() => fs.list(`${folder}/missing`), "DaytonaNotFoundError", "NOT_FOUND", 404],
    [() => fs.readText(folder), "DaytonaValidationError", "INVALID_REQUEST", 400],
    [() => fs.read("/etc/passwd"), "DaytonaAuthorizationError", "FORBIDDEN", 403],
    [() => fs.info("/etc/passwd"), "DaytonaAuthorizationError", "FORBIDDEN", 403],
    [() => fs.write(folder, "x"), "DaytonaValidationError", "INVALID_REQUEST", 400],
  ];
  for (const [call, name, code, statusCode] of rows) {
    const error = await rejection(call());
    same([error.name, error.code, error.statusCode], [name, code, statusCode], error.message);
    holds(error.message.includes("missing") || error.message.includes(folder) || error.message.includes("/etc/passwd"), error.message);
  }
  const some = await rejection(fs.uploadMany([{ path: `${folder}/good`, data: "g" }, { path: "/etc/evil", data: "e" }, { path: `${folder}/also`, data: "a" }]));
  same([some.name, some.failed.map(({ path }) => path), some.message.includes("1 of 3 files")], ["DaytonaValidationError", ["/etc/evil"], true]);
  same([await fs.readText(`${folder}/good`), await fs.readText(`${folder}/also`)], ["g", "a"]);
  interpreter.close();
}

export async function an_upload_tells_how_far_it_is(given) {
  const { interpreter, folder, fs } = await open(given);
  const size = 6 << 20;
  for (const data of [new Blob([new Uint8Array(size)]), streamOf(new Uint8Array(size / 2), new Uint8Array(size / 2))]) {
    const seen = [];
    await fs.write(`${folder}/big`, data, { onProgress: (progress) => seen.push(progress) });
    const loaded = seen.map((progress) => progress.loaded);
    same(loaded, loaded.toSorted((a, b) => a - b), "in order");
    same([loaded.at(-1), seen.every(({ total }) => total === undefined || total === size)], [size, true]);
    same((await fs.info(`${folder}/big`)).size, size);
  }
  const thrown = { not: "an error" };
  const stopped = fs.write(`${folder}/never`, new Blob([new Uint8Array(size)]), { onProgress() { throw thrown; } });
  holds((await rejection(stopped)) === thrown, "the same object");
  interpreter.close();
}

export async function a_signal_ends_an_upload_and_a_download(given) {
  const { interpreter, context, folder, fs } = await open(given);
  same(await rejection(fs.read("x", { signal: AbortSignal.abort("before") })), "before");
  same(await rejection(fs.write("x", "y", { signal: AbortSignal.abort("before") })), "before");
  const upload = new AbortController();
  // It never ends by itself.
  let pieces = 0;
  const endless = new ReadableStream({
    async pull(controller) {
      controller.enqueue(new Uint8Array(1000));
      if ((pieces += 1) === 5) upload.abort("enough");
      await new Promise((resolve) => setTimeout(resolve));
    },
  });
  same(await rejection(fs.write(`${folder}/never`, endless, { signal: upload.signal })), "enough");
  same((await rejection(fs.info(`${folder}/never`))).code, "NOT_FOUND");
  await fs.makeFolder(folder);
  await interpreter.runCode(`open('${folder}/big', 'wb').truncate(200 << 20)`, { context });
  const download = new AbortController();
  const reader = (await fs.stream(`${folder}/big`, { signal: download.signal })).getReader();
  holds((await reader.read()).value.length > 0, "a first piece");
  download.abort("enough");
  same(await rejection(drained(reader)), "enough");
  const left = await fs.stream(`${folder}/big`);
  await left.cancel();
  const cut = (await fs.stream(`${folder}/big`)).getReader();
  await cut.read();
  interpreter.close();
  const error = await rejection(drained(cut));
  holds(["CLOSED", "CONNECTION_LOST"].includes(error.code), error.code);
}

async function drained(reader) {
  while (!(await reader.read()).done);
}

export async function a_request_of_ones_own_reaches_the_toolbox(given) {
  const { interpreter, folder } = await open(given);
  const { request } = interpreter;
  same(typeof (await (await request("/version")).json()).version, "string");
  same((await request(`/files/folder?path=${folder}%2Fa&mode=0700`, { method: "post" })).status, 201);
  same((await (await request(`/files/info?path=${folder}/a`)).json()).mode, "drwx------");
  const form = new FormData();
  form.append("file", new Blob(["by form"]), "name");
  same((await request(`/files/upload?path=${folder}/form`, { body: form })).ok, true);
  const part = await request(`/files/download?path=${folder}/form`, { headers: { Range: "bytes=3-" } });
  same([part.status, await part.text()], [206, "form"]);
  const missing = await rejection(request("/files/info?path=missing"));
  same([missing.name, missing.code, missing.statusCode, missing.cause.code], ["DaytonaNotFoundError", "NOT_FOUND", 404, "FILE_NOT_FOUND"]);
  holds(/GET \/files\/info: the toolbox answered 404, missing: no such file/.test(missing.message), missing.message);
  same((await rejection(request("/no/such/route"))).name, "DaytonaNotFoundError");
  same(await rejection(request("/version", { signal: AbortSignal.abort("before") })), "before");
  interpreter.close();
  same((await rejection(request("/version"))).code, "CLOSED");
}

export async function files_that_the_code_writes_are_in_the_result(given) {
  const { interpreter, context } = await fresh(given);
  const code = `import os\nos.makedirs("${context.id}")\nopen("${context.id}/a.txt", "w").write("one")`;
  // Other tests write to the same workspace.
  const mine = ({ files, filesTruncated }) => [files.filter(({ path }) => path.startsWith(context.id)), filesTruncated];
  const written = (created) => [[{ path: `${context.id}/a.txt`, size: 3, created }], undefined];
  same(mine(await interpreter.runCode(code, { context, files: true })), written(true));
  const change = `open("${context.id}/a.txt", "w").write("two")`;
  const execution = interpreter.streamCode(change, { context, files: true, keep: true });
  for await (const event of execution) holds(false, `files are no event: ${event.type}`);
  same(mine(await execution.result), written(false));
  same(mine(await interpreter.attach(execution.id).result), written(false));
  const error = await rejection(interpreter.runCode(`${change}\nwhile True: pass`, { context, files: true, timeout: 1 }));
  same(mine(error.result), written(false));
  const silent = await interpreter.runCode(change, { context, files: false });
  same(["files" in silent, "filesTruncated" in silent], [false, false]);
  interpreter.close();
}
