// Timers by name, what several wait for, and the page's events.

/** Timers, one of each name at a time. */
export class Timers {
  #ids = new Map();

  has(name) {
    return this.#ids.has(name);
  }

  set(name, milliseconds, body) {
    this.clear(name);
    const callback = () => {
      this.#ids.delete(name);
      body();
    };
    this.#ids.set(name, setTimeout(callback, milliseconds));
  }

  clear(name) {
    clearTimeout(this.#ids.get(name));
    this.#ids.delete(name);
  }

  clearAll() {
    for (const name of this.#ids.keys()) this.clear(name);
  }
}

/** Adds or removes a listener for all that puts a page away, wakes it up, or brings the network back. There may be no page. */
export function listenToPage(change, listener) {
  for (const name of ["online", "pageshow", "pagehide"]) globalThis[`${change}EventListener`]?.(name, listener);
  for (const name of ["visibilitychange", "resume"]) globalThis.document?.[`${change}EventListener`](name, listener);
}

/** Something that several wait for. */
export class Waiting {
  #promise;
  #settle;

  /** Waits until it has ended; whoever comes first begins it. */
  wait(begin) {
    if (!this.#promise) {
      this.#promise = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
      begin();
    }
    return this.#promise;
  }

  /** Ends it, with an error if there is one. */
  end(error) {
    this.#promise = undefined;
    if (error === undefined) this.#settle?.resolve();
    else this.#settle?.reject(error);
  }
}
