// `codecell/files`: the files of the toolbox, over the requests that an interpreter offers. index.d.ts documents it.

import { anything, callback, readOptions, refuse } from "../checks.js";
import { checkData, checkPath, failure, json } from "./arguments.js";
import { open } from "./download.js";
import { upload } from "./upload.js";

export function files(interpreter) {
  if (typeof interpreter?.request !== "function") refuse("the argument of files()", "an interpreter that connect() made", interpreter);

  const ask = (method, route, query, { signal }, body) => {
    const asked = new URLSearchParams(Object.entries(query).filter(([, value]) => value !== undefined)).toString();
    return interpreter.request(`/files${route}${asked && `?${asked}`}`, {
      method,
      signal,
      ...(body && json(body)),
    });
  };
  const get = async (route, query, options) => (await ask("GET", route, query, options)).json();

  async function read(path, options) {
    const file = await open(interpreter, checkPath(path), readOptions("read", options));
    const pieces = [];
    for (let piece; (piece = await file.next()); ) pieces.push(piece);
    return new Uint8Array(await new Blob(pieces).arrayBuffer());
  }

  async function uploadMany(entries, options) {
    const read = readOptions("uploadMany", options, { onProgress: callback });
    if (!Array.isArray(entries)) refuse("files", "an array of { path, data }", entries);
    for (const entry of entries) {
      checkPath(entry?.path);
      checkData(entry.data);
    }
    return entries.length ? upload(interpreter, entries, read) : [];
  }

  return {
    read,
    uploadMany,

    async list(path = ".", options) {
      const { depth, ...read } = readOptions("list", options, { depth: anything });
      if (depth !== undefined && !(Number.isInteger(depth) && depth > 0)) refuse("depth", "a whole number from 1", depth);
      const found = await get("", { path: checkPath(path), depth }, read);
      return (found ?? []).map((info) => complete(info, `${path === "." ? "" : `${path.replace(/\/$/, "")}/`}${info.name}`));
    },

    async info(path, options) {
      return complete(await get("/info", { path: checkPath(path) }, readOptions("info", options)), path);
    },

    async readText(path, options) {
      return new TextDecoder().decode(await read(path, options));
    },

    async stream(path, options) {
      const file = await open(interpreter, checkPath(path), readOptions("stream", options));
      return new ReadableStream(
        {
          async pull(controller) {
            const piece = await file.next();
            if (piece) controller.enqueue(piece);
            else controller.close();
          },
          cancel: file.cancel,
        },
        { highWaterMark: 0 },
      );
    },

    async write(path, data, options) {
      const [written] = await uploadMany([{ path, data }], options);
      return written;
    },

    async makeFolder(path, options) {
      const { mode, ...read } = readOptions("makeFolder", options, { mode: anything });
      // Older toolboxes need the mode.
      await ask("POST", "/folder", { path: checkPath(path), mode: mode ?? "0755" }, read);
    },

    async remove(path, options) {
      const { recursive, ...read } = readOptions("remove", options, { recursive: anything });
      await ask("DELETE", "", { path: checkPath(path), recursive: recursive ? true : undefined }, read);
    },

    async move(source, destination, options) {
      const query = { source: checkPath(source, "source"), destination: checkPath(destination, "destination") };
      await ask("POST", "/move", query, readOptions("move", options));
    },

    async setPermissions(path, options) {
      const { mode, owner, group, ...read } = readOptions("setPermissions", options, { mode: anything, owner: anything, group: anything });
      await ask("POST", "/permissions", { path: checkPath(path), mode, owner, group }, read);
    },

    async search(path, pattern, options) {
      const query = { path: checkPath(path), pattern: checkPath(pattern, "pattern") };
      return (await get("/search", query, readOptions("search", options))).files ?? [];
    },

    async find(path, text, options) {
      return (await get("/find", { path: checkPath(path), pattern: checkPath(text, "text") }, readOptions("find", options))) ?? [];
    },

    async replace(paths, text, replacement, options) {
      if (!Array.isArray(paths)) refuse("paths", "an array of paths", paths);
      const body = { files: paths.map((path) => checkPath(path)), pattern: checkPath(text, "text"), newValue: replacement };
      if (typeof replacement !== "string") refuse("replacement", "a string", replacement);
      const answered = await ask("POST", "/replace", {}, readOptions("replace", options), body);
      const failed = (await answered.json()).filter(({ success }) => !success).map(({ file, error }) => ({ path: file, message: error }));
      if (failed.length) throw failure("replace text in", failed, paths.length);
    },
  };
}

/** What a toolbox says of a file. A stock one has no path, and an older one only Go's time. */
function complete(info, path) {
  const { modTime, ...rest } = info;
  const modifiedAt = modTime?.replace(" ", "T").replace(/ \+0000 UTC.*$/, "Z");
  return { path, modifiedAt, ...rest };
}
