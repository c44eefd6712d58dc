// One execution's place on a link.

import { CLOSED, read } from "./messages.js";
import { Socket } from "./socket.js";

/** What an event counts beside its payload, so that many small ones are bounded too (`EVENT_OVERHEAD_BYTES` in `protocol/link.rs`). */
const EVENT_OVERHEAD = 64;

export class Channel {
  /** The execution's number in its session, once its request was sent. */
  number = 0;
  /** The last event that came. */
  arrived = 0;
  /** The last event that handlers have finished with. */
  finished = 0;
  /** How much they have finished with since the last acknowledgement, in UTF-16 units: a third of the bytes at least. */
  unacknowledged = 0;
  hasEnded = false;
  /** The id of the execution that it attaches to. */
  attachedTo;
  #link;
  #fastPath;
  /** The events that are not finished: the cursor and size of each. */
  #waiting = [];
  /** The execution's own socket, where it turned out that the toolbox has no link. */
  #socket;
  #isLeft = false;

  constructor(link, fastPath, report) {
    this.#link = link;
    this.#fastPath = fastPath;
    this.report = report;
  }

  get isOpen() {
    return this.#socket ? this.#socket.isOpen : this.#link.isOpenFor(this);
  }

  /** Whether the link watches over the connection. */
  get isLinked() {
    return !this.#socket && this.#link.isOffered === true;
  }

  get id() {
    return this.attachedTo ?? (this.isLinked && this.number ? `${this.#link.session}.${this.number}` : undefined);
  }

  sendRequest(request) {
    if (this.attachedTo) this.#link.attach(this);
    else this.#link.request(this, request);
  }

  send(message) {
    if (this.#socket) this.#socket.send(message);
    else this.#link.post(`{"to":${this.number},"message":${message}}`);
  }

  /** Takes an event: each once, whatever connection it comes by, and none before those that it follows (`arrival` in `core/link.rs`). */
  event(cursor, kind, payload) {
    if (cursor <= this.arrived) return;
    const isMissing = kind === "m";
    if (cursor !== this.arrived + 1 && !isMissing) {
      this.#link.resume();
      return;
    }
    this.arrived = cursor;
    if (kind === "x") {
      this.hasEnded = true;
      const { code, reason } = read(payload);
      this.report(CLOSED, code, reason);
      return;
    }
    this.#waiting.push([cursor, payload.length + EVENT_OVERHEAD]);
    if (this.#fastPath.take(isMissing ? { missing: read(payload).bytes } : toFrame(kind, payload), this.report)) this.finish(1);
  }

  /** The handlers have finished with so many of the oldest events. */
  finish(number) {
    for (const [cursor, size] of this.#waiting.splice(0, number)) {
      this.finished = cursor;
      this.unacknowledged += size;
    }
    if (this.unacknowledged >= this.#link.acknowledgeAfter) this.#link.acknowledge(this);
  }

  /** There will be no more events. */
  lose(...what) {
    this.#isLeft = true;
    this.report(...(what.length ? what : [CLOSED]));
  }

  /** The toolbox has no link: its first frame came. */
  becomeSocket(socket, data) {
    this.#isLeft = true;
    this.#socket = new Socket(socket, this.#fastPath, this.report);
    this.#fastPath.take(read(data), this.report);
  }

  close(atOnce) {
    this.report = () => {};
    this.#socket?.close(atOnce);
    if (!this.#isLeft) {
      this.#isLeft = true;
      this.#link.leave(this, atOnce);
    }
  }
}

/** The frame that an event stands for. */
function toFrame(kind, payload) {
  if (kind === "o") return { type: "stdout", text: payload };
  return kind === "e" ? { type: "stderr", text: payload } : read(payload);
}
