// A WebSocket of an execution's own, as a toolbox without the link needs it: one for each run.

import { CLOSED, OPEN, read } from "./messages.js";

/**
 * How long after an `error` event a socket may take to fire `close`, in milliseconds. Both come in one task, but Chromium fires no `close` at
 * all where a Content-Security-Policy blocks the connection.
 */
const CLOSE_AFTER_ERROR_MS = 1000;

/** Listens to a socket until the returned function is called. A `close` that never comes is reported without an event. */
export function listen(socket, { open, message, close }) {
  let missing;
  const listeners = {
    open,
    message,
    error: () => (missing = setTimeout(close, CLOSE_AFTER_ERROR_MS)),
    close: (event) => {
      clearTimeout(missing);
      close(event);
    },
  };
  for (const name in listeners) socket.addEventListener(name, listeners[name]);
  return () => {
    clearTimeout(missing);
    for (const name in listeners) socket.removeEventListener(name, listeners[name]);
  };
}

/** Makes a WebSocket. */
export function open(WebSocket, url, headers) {
  const socket = headers ? new WebSocket(url, { headers }) : new WebSocket(url);
  socket.binaryType = "arraybuffer";
  // The `ws` package throws an error event that nobody listens to, also after `close()` while it connects.
  socket.addEventListener("error", Object);
  return socket;
}

/**
 * Closes a socket. One that is still connecting is closed once it is open, unless it is given up: browsers log a warning, with the URL and its
 * token, if it is closed before.
 */
export function closeSocket(socket, atOnce) {
  if (socket.readyState === 0 && !atOnce) socket.addEventListener("open", () => socket.close());
  else socket.close();
}

/** One execution's own socket. */
export class Socket {
  isLinked = false;
  #socket;
  #unlisten;

  constructor(socket, fastPath, report) {
    this.#socket = socket;
    this.listen(fastPath, report);
  }

  /** From now on its events go here. None is lost in between: each comes in a turn of its own. */
  listen(fastPath, report) {
    this.#unlisten?.();
    this.#unlisten = listen(this.#socket, {
      open: () => report(OPEN),
      message: ({ data }) => fastPath.take(read(data), report),
      close: (event) => report(CLOSED, event?.code, event?.reason),
    });
  }

  get isOpen() {
    return this.#socket.readyState === 1;
  }

  /** Open, or on its way there. */
  get isUsable() {
    return this.#socket.readyState <= 1;
  }

  sendRequest(request) {
    this.#socket.send(request);
  }

  send(message) {
    this.#socket.send(message);
  }

  /** Nobody is told what handlers have finished with. */
  finish() {}

  close(atOnce) {
    this.#unlisten();
    closeSocket(this.#socket, atOnce);
  }
}
