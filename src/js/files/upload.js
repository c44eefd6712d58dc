// Sends files as a bulk upload, the one way in which every toolbox takes them: a form with a path before each file.

import { DaytonaConnectionError } from "../errors.js";
import { failure } from "./arguments.js";

/** How long nothing may be sent, in milliseconds. */
const STALL_MS = 60_000;

/** The slowest upload that is waited for where nothing tells how far it is, in bytes per millisecond. */
const SLOWEST = 32;

/** Sends `entries`, each `{ path, data }`. Gives `{ path, bytes }` of each; rejects if one of them failed, and names those that did. */
export async function upload(interpreter, entries, { onProgress, signal }) {
  const boundary = `codecell-${crypto.getRandomValues(new Uint32Array(4)).join("-")}`;
  // Not a FormData, which changes line ends in a path.
  const parts = entries.flatMap(({ path, data }, index) => [
    `--${boundary}\r\nContent-Disposition: form-data; name="files[${index}].path"\r\n\r\n${path}\r\n` +
      `--${boundary}\r\nContent-Disposition: form-data; name="files[${index}].file"; filename="file"\r\n\r\n`,
    data instanceof ReadableStream ? data : new Blob([data]),
    "\r\n",
  ]);
  parts.push(`--${boundary}--\r\n`);
  const hasStream = parts.some((part) => part instanceof ReadableStream);
  const [head, overhead] = [parts.slice(0, 1), parts.filter((part) => typeof part === "string")].map((texts) => new Blob(texts).size);
  const watch = watchUpload(signal, onProgress, head, overhead);
  const canReport = typeof XMLHttpRequest === "function";
  const isStream = hasStream || (onProgress && !canReport);
  const body = isStream ? watch.stream(parts) : new Blob(parts);
  if (!hasStream) watch.total = parts.reduce((sum, part) => sum + (part.size ?? 0), 0);
  if (!isStream) watch.wait(body.size);
  let answer = {};
  try {
    const response = await interpreter.request("/files/bulk-upload", {
      method: "POST",
      headers: { "Content-Type": `multipart/form-data; boundary=${boundary}` },
      body,
      signal: watch.signal,
      // The watch ends it sooner.
      timeout: 86_400,
      fetch: canReport ? watch.send : undefined,
    });
    answer = JSON.parse((await response.text()) || "{}");
    watch.report(Infinity);
  } catch (error) {
    if (!Array.isArray(error?.cause?.errors)) throw error;
    throw failed(entries, error.cause, error);
  } finally {
    watch.end();
  }
  if (answer.errors?.length) throw failed(entries, answer);
  // A stock toolbox of some versions answers with nothing.
  return answer.files ?? entries.map(({ path }, index) => ({ path, bytes: parts[3 * index + 1].size }));
}

function failed(entries, { errors, files }, error) {
  const told = (path) => errors.find((reason) => reason.startsWith(`${path}:`)) ?? errors.find((reason) => reason.includes(path));
  let missing = entries.filter(({ path }) => (files ? !files.some((file) => file.path === path) : told(path)));
  if (!missing.length) missing = entries;
  const reasons = missing.map(({ path }) => ({ path, message: told(path) ?? errors.join("; ") }));
  return failure("write", reasons, entries.length, error);
}

/** Follows an upload: reports how far it is, and ends it when it stands still. */
function watchUpload(source, onProgress, head, overhead) {
  const abort = new AbortController();
  const stop = () => abort.abort(source.reason);
  if (source?.aborted) stop();
  source?.addEventListener("abort", stop);
  let timer;
  let last = -1;
  let isOver = false;
  const pause = () => clearTimeout(timer);
  const watch = {
    signal: abort.signal,
    /** How many bytes the files have, once that is known. */
    total: undefined,

    /** Ends the upload unless something is sent before this time is over. `bytes` are sent without reports of progress. */
    wait(bytes = 0) {
      pause();
      if (isOver) return;
      const late = () => abort.abort(new DaytonaConnectionError("Could not write: nothing was sent for 60 seconds. Try again.", { code: "CONNECTION_LOST" }));
      timer = setTimeout(late, STALL_MS + bytes / SLOWEST);
    },

    /** So many bytes of the files were sent. */
    report(sent) {
      const { total } = watch;
      const loaded = Math.min(Math.max(0, sent), total ?? sent);
      if (loaded <= last || loaded === Infinity) return;
      last = loaded;
      try {
        onProgress?.({ loaded, total });
      } catch (thrown) {
        abort.abort(thrown);
      }
    },

    /** The parts as a stream that is watched while it is sent. */
    stream(parts) {
      const pieces = piecesOf(parts);
      let sent = 0;
      return new ReadableStream(
        {
          async pull(controller) {
            // The source of the data may take any time.
            pause();
            watch.report(sent);
            const { done, value } = await pieces.next();
            // Node's `fetch` goes on reading what it sends after it was aborted.
            if (abort.signal.aborted) {
              void pieces.return();
              return controller.error(abort.signal.reason);
            }
            watch.wait();
            if (done) return controller.close();
            const [bytes, isData] = value;
            if (isData) sent += bytes.length;
            controller.enqueue(bytes);
          },
          cancel: () => pieces.return(),
        },
        { highWaterMark: 0 },
      );
    },

    /** A `fetch` for browsers, whose own does not tell how much was sent. */
    send: (url, { method, headers, body, signal }) =>
      new Promise((resolve, reject) => {
        const request = new XMLHttpRequest();
        request.open(method, url);
        headers.forEach((value, name) => request.setRequestHeader(name, value));
        request.upload.onprogress = ({ loaded }) => {
          watch.wait();
          watch.report(loaded - head);
        };
        request.onload = () => resolve(new Response(request.responseText || null, { status: request.status }));
        request.onerror = () => reject(new TypeError("the connection failed"));
        const stop = () => {
          request.abort();
          reject(signal.reason);
        };
        if (signal.aborted) return stop();
        signal.addEventListener("abort", stop);
        request.onloadend = () => signal.removeEventListener("abort", stop);
        watch.total = body.size - overhead;
        watch.wait(body.size);
        request.send(body);
      }),

    end() {
      isOver = true;
      pause();
      source?.removeEventListener("abort", stop);
    },
  };
  return watch;
}

/** Each piece with whether it belongs to a file. */
async function* piecesOf(parts) {
  for (const part of parts) {
    const reader = (part instanceof ReadableStream ? part : new Blob([part]).stream()).getReader();
    const isData = typeof part !== "string";
    try {
      for (let read; !(read = await reader.read()).done; ) yield [typeof read.value === "string" ? new TextEncoder().encode(read.value) : read.value, isData];
    } finally {
      reader.cancel().catch(() => {});
    }
  }
}
