// Files and requests of one's own, against a `fetch` of the test's own: other toolboxes, cut answers, tokens, wrong arguments.

import { files } from "../../src/js/files/index.js";
import { holds, rejection, same, unasked } from "./helpers.js";

const toolboxUrl = "http://toolbox.invalid/base";

/** Files of a toolbox that answers as `answer` says; `sent` has its requests. */
async function scripted({ connect }, answer, options = {}) {
  const sent = [];
  const fetch = async (url, init) => {
    const body = init.body instanceof Blob ? await init.body.text() : init.body;
    sent.push({ url, ...init, body });
    return answer(sent.length, init);
  };
  const interpreter = await connect({ toolboxUrl, token: "t", spareSocket: false, fetch, ...options });
  return { interpreter, fs: files(interpreter), sent };
}

/** A bulk download, in pieces of `size` bytes. */
function download(lines, { size = 1e6, boundary = "B", end = `\r\n--B--\r\n` } = {}) {
  const bytes = new TextEncoder().encode(lines + end);
  let at = 0;
  const body = new ReadableStream({
    pull(controller) {
      if (at >= bytes.length) return controller.close();
      controller.enqueue(bytes.slice(at, (at += size)));
    },
  });
  return new Response(body, { headers: { "Content-Type": `multipart/form-data; boundary=${boundary}` } });
}

const head = (name, ...others) => [`--B`, `Content-Disposition: form-data; name="${name}"; filename="x"`, ...others, "", ""].join("\r\n");

export async function a_download_is_read_with_and_without_lengths(given) {
  const content = "one\r\n--Bx\r\n--\r\n\r\ntwo";
  for (const size of [1, 2, 7, 1e6]) {
    for (const length of [[], [`Content-Length: ${content.length}`]]) {
      // Without a length, nothing in the file may look like the end.
      const wanted = length.length ? content : content.replace("--B", "--C");
      const { interpreter, fs } = await scripted(given, () => download(head("file", ...length) + wanted, { size }));
      same(await fs.readText("x"), wanted, `pieces of ${size}, ${length}`);
      interpreter.close();
    }
  }
}

export async function a_cut_download_is_no_short_file(given) {
  const lines = [head("file", "Content-Length: 10") + "123456789", head("file") + "123456789", head("file", "Content-Length: 10"), head("file").slice(0, 20), ""];
  for (const cut of lines) {
    const { interpreter, fs } = await scripted(given, () => download(cut, { end: "", size: 5 }));
    const error = await rejection(fs.read("a.txt"));
    same([error.name, error.code, error.message.includes("a.txt")], ["DaytonaConnectionError", "CONNECTION_LOST", true], cut);
    interpreter.close();
  }
  const broken = new ReadableStream({ pull: (controller) => controller.error(new TypeError("reset")) });
  const { interpreter, fs } = await scripted(given, () => new Response(broken, { headers: { "Content-Type": "multipart/form-data; boundary=B" } }));
  same((await rejection(fs.read("a.txt"))).code, "CONNECTION_LOST");
  interpreter.close();
}

export async function a_stream_fails_where_its_download_is_cut(given) {
  const { interpreter, fs } = await scripted(given, () => download(head("file", "Content-Length: 10") + "12345", { end: "", size: 200 }));
  const reader = (await fs.stream("a.txt")).getReader();
  same(new TextDecoder().decode((await reader.read()).value), "12345");
  same((await rejection(reader.read())).code, "CONNECTION_LOST");
  interpreter.close();
}

export async function refusals_of_other_toolboxes_are_understood(given) {
  const rows = [
    ["open /x: no such file or directory", [], "DaytonaNotFoundError"],
    [`{"message":"x: gone","status_code":404}`, ["Content-Type: application/json"], "DaytonaNotFoundError"],
    [`{"message":"not yours","statusCode":403}`, ["Content-Type: application/json"], "DaytonaAuthorizationError"],
    ["disk on fire", [], "DaytonaError"],
  ];
  for (const [said, headers, name] of rows) {
    const { interpreter, fs } = await scripted(given, () => download(head("error", ...headers) + said, { size: 9 }));
    const error = await rejection(fs.read("dir/x"));
    same([error.name, error.message.includes("dir/x")], [name, true], said);
    interpreter.close();
  }
  const { interpreter, fs } = await scripted(given, () => new Response("<p>Log in</p>", { headers: { "Content-Type": "text/html" } }));
  same((await rejection(fs.read("x"))).code, "UNEXPECTED_RESPONSE");
  interpreter.close();
}

export async function an_upload_is_a_form_with_each_path_before_its_file(given) {
  const { interpreter, fs, sent } = await scripted(given, () => new Response(null));
  same(await fs.uploadMany([{ path: 'a"\n', data: "one" }, { path: "b", data: new Uint8Array([116]) }]), [{ path: 'a"\n', bytes: 3 }, { path: "b", bytes: 1 }]);
  const [{ url, method, headers, body }] = sent;
  same([url, method, headers.get("x-daytona-preview-token")], [`${toolboxUrl}/files/bulk-upload`, "POST", "t"]);
  const boundary = /boundary=(.*)/.exec(headers.get("content-type"))[1];
  const parts = body.split(`--${boundary}`).map((part) => part.trim().replaceAll("\r\n", "|"));
  same(parts, [
    "", 'Content-Disposition: form-data; name="files[0].path"||a"',
    'Content-Disposition: form-data; name="files[0].file"; filename="file"||one',
    'Content-Disposition: form-data; name="files[1].path"||b',
    'Content-Disposition: form-data; name="files[1].file"; filename="file"||t', "--",
  ]);
  holds(body.includes('\r\n\r\na"\n\r\n--'), "the path's own line break");
  interpreter.close();
}

export async function a_partial_failure_names_each_file(given) {
  const entries = ["a", "b", "c"].map((path) => ({ path, data: path }));
  const rows = [
    [{ errors: ["b: disk full"], files: [{ path: "a", bytes: 1 }, { path: "c", bytes: 1 }] }, ["b"]],
    // A stock toolbox names only those that failed.
    [{ errors: ["b: disk full", "open c: no"] }, ["b", "c"]],
    [{ errors: ["something"] }, ["a", "b", "c"]],
  ];
  for (const status of [400, 507, 200]) {
    for (const [said, wanted] of rows) {
      const { interpreter, fs } = await scripted(given, () => new Response(JSON.stringify(said), { status }));
      const error = await rejection(fs.uploadMany(entries));
      same(error.failed.map(({ path }) => path), wanted, `${status} ${said.errors}`);
      same(wanted.every((path) => error.message.includes(path)), true, error.message);
      holds(error.name === (status === 400 ? "DaytonaValidationError" : "DaytonaError"), `${status} is a ${error.name}`);
      interpreter.close();
    }
  }
  const { interpreter, fs } = await scripted(given, () => new Response(`{"message":"gone"}`, { status: 404 }));
  same((await rejection(fs.write("a", "1"))).name, "DaytonaNotFoundError");
  interpreter.close();
}

export async function a_refused_token_is_asked_for_again(given) {
  const tokens = ["old", "new"];
  const answer = (_, { headers }) => new Response("{}", { status: headers.get("x-daytona-preview-token") === "new" ? 200 : 401 });
  const { interpreter, fs, sent } = await scripted(given, answer, { token: () => tokens.shift() });
  await fs.write("a", "text");
  same([sent.length, sent[0].body === sent[1].body], [2, true]);
  interpreter.close();
}

export async function a_toolbox_url_with_a_query_keeps_it(given) {
  const { interpreter, fs, sent } = await scripted(given, () => new Response("[]"), { toolboxUrl: `${toolboxUrl}/?key=1` });
  await fs.list("ä b");
  await interpreter.request("/version#part");
  same(sent.map(({ url }) => url), [`${toolboxUrl}/files?key=1&path=%C3%A4+b`, `${toolboxUrl}/version?key=1`]);
  interpreter.close();
}

export async function wrong_arguments_of_files_and_requests_send_nothing(given) {
  const interpreter = await unasked(given);
  const fs = files(interpreter);
  const rows = [
    [() => interpreter.request("files"), "path"], [() => interpreter.request("/../other"), "path"], [() => interpreter.request("/a/%2e%2e/%2E./b"), "path"],
    [() => interpreter.request("/a\\..\\..\\..\\b"), "path"], [() => interpreter.request(5), "path"], [() => interpreter.request("/x\ud800"), "path"],
    [() => interpreter.request("/x", { method: "FLY" }), "method"], [() => interpreter.request("/x", { method: "GET", body: "b" }), "body"],
    [() => interpreter.request("/x", { body: { a: 1 } }), "body"], [() => interpreter.request("/x", { body: null }), "body"],
    [() => interpreter.request("/x", { headers: { "a b": "1" } }), "headers"], [() => interpreter.request("/x", { timeout: "5" }), "timeout"],
    [() => interpreter.request("/x", { signal: 5 }), "signal"], [() => interpreter.request("/x", { json: {} }), "json"], [() => interpreter.request("/x", []), "options"],
    [() => fs.read(""), "path"], [() => fs.read("a\0b"), "path"], [() => fs.write("\ud800", ""), "path"], [() => fs.write("a"), "data"], [() => fs.write("a", { b: 1 }), "data"],
    [() => fs.write("a", "\ud800"), "data"], [() => fs.write("a", "", { onprogress() {} }), "onprogress"], [() => fs.write("a", "", { onProgress: 5 }), "onProgress"],
    [() => fs.list(".", { depth: 0 }), "depth"], [() => fs.uploadMany("a"), "files"], [() => fs.uploadMany([null]), "path"], [() => fs.move("a"), "destination"],
    [() => fs.replace("a", "b", "c"), "paths"], [() => fs.replace(["a"], "b"), "replacement"], [async () => files(), "files()"],
  ];
  for (const [call, word] of rows) {
    const error = await rejection(call());
    same([error.name, error.code], ["DaytonaValidationError", "INVALID_ARGUMENT"], `${call}: ${error.message}`);
    holds(error.message.includes(word), `${error.message} names ${word}`);
  }
  same(await fs.uploadMany([]), []);
  interpreter.close();
}
