// The error classes, which types.d.ts documents, and where an error's stack begins.

// `instanceof` asks a proxy, which may throw.
const made = new WeakSet();

export class DaytonaError extends Error {
  constructor(message, { code = "FAILED", cause, statusCode, closeCode, variablesLost, result } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    made.add(this);
    this.name = new.target.label;
    this.code = code;
    if (statusCode !== undefined) this.statusCode = statusCode;
    if (closeCode !== undefined) this.closeCode = closeCode;
    if (variablesLost !== undefined) this.variablesLost = variablesLost;
    if (result !== undefined) this.result = result;
  }
  // A word of its own, because minifiers rename classes.
  static label = "DaytonaError";
}

export class DaytonaTimeoutError extends DaytonaError {
  static label = "DaytonaTimeoutError";
}

export class DaytonaConnectionError extends DaytonaError {
  static label = "DaytonaConnectionError";
}

export class DaytonaNotFoundError extends DaytonaError {
  static label = "DaytonaNotFoundError";
}

export class DaytonaAuthenticationError extends DaytonaError {
  static label = "DaytonaAuthenticationError";
}

export class DaytonaAuthorizationError extends DaytonaError {
  static label = "DaytonaAuthorizationError";
}

export class DaytonaValidationError extends DaytonaError {
  static label = "DaytonaValidationError";
}

export class DaytonaConflictError extends DaytonaError {
  static label = "DaytonaConflictError";
}

export class DaytonaRateLimitError extends DaytonaError {
  static label = "DaytonaRateLimitError";
}

// A frame of the client's WebAssembly, as Chromium and Firefox, and as WebKit show it.
const wasmFrame = /wasm-function|wasm-stub|\[wasm code\]/;

/** Where a call of this client comes from. Made before anything is awaited, while the caller is on the stack. */
export class CallSite {
  #skip;
  #limit = Error.stackTraceLimit;
  #call;

  /** `skip` says how many of the innermost frames are the client's, where no WebAssembly is on the stack. */
  constructor(skip = 0) {
    this.#skip = skip;
    Error.stackTraceLimit = 50;
    // Its stack becomes a text when it is read: that takes long, and few calls fail.
    this.#call = new Error();
    Error.stackTraceLimit = this.#limit;
  }

  /** Makes the stack of an error begin with the caller's frames. Errors that others made, or that have such a stack, stay as they are. */
  locate(error, always = false) {
    if (made.has(error) && (always || wasmFrame.test(error.stack))) {
      const lines = (this.#call.stack ?? "").trimEnd().split("\n");
      // V8 begins with the error's name and message.
      const isHeaded = lines[0].startsWith("Error");
      let own = lines.findIndex((line) => wasmFrame.test(line));
      if (own < 0) own = this.#skip + isHeaded;
      else while (wasmFrame.test(lines[own])) own += 1;
      // The method of the bindings that called into WebAssembly is the client's too.
      const frames = lines.slice(own + 1, own + 1 + (this.#limit ?? 50));
      if (frames.length) error.stack = [...(isHeaded ? [`${error.name}: ${error.message}`] : []), ...frames].join("\n");
    }
    return error;
  }
}
