// The error classes. types.d.ts documents them.

export class DaytonaError extends Error {
  constructor(message, { code = "FAILED", cause, statusCode, closeCode, result } = {}) {
    super(message, cause === undefined ? undefined : { cause });
    this.name = new.target.label;
    this.code = code;
    if (statusCode !== undefined) this.statusCode = statusCode;
    if (closeCode !== undefined) this.closeCode = closeCode;
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
