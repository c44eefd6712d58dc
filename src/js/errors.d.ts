// The error classes of the package.

import type { ExecutionResult } from "./types.js";

/**
 * The stable words of an error's `code`. The guide "What each ending means" has a table of what each means and what to do.
 */
export type ErrorCode =
  | "CLOSED"
  | "CONFLICT"
  | "CONNECTION_LOST"
  | "CONNECT_FAILED"
  | "CONTEXT_DELETED"
  | "FAILED"
  | "FORBIDDEN"
  | "INVALID_ARGUMENT"
  | "INVALID_REQUEST"
  | "LOAD_FAILED"
  | "NOT_A_TOOLBOX"
  | "NOT_FOUND"
  | "NOT_RUN"
  | "RATE_LIMITED"
  | "SERVER_ERROR"
  | "TIMEOUT"
  | "UNAUTHORIZED"
  | "UNEXPECTED_RESPONSE"
  | "UNSUPPORTED"
  | "WORKER_DIED";

/** The base of every error of this package. */
export class DaytonaError extends Error {
  constructor(message: string, details?: ErrorDetails);
  /** A stable word, such as `TIMEOUT`, `WORKER_DIED` or `INVALID_ARGUMENT`. */
  readonly code: ErrorCode;
  /** The HTTP status, if there was one. */
  readonly statusCode?: number;
  /** The WebSocket close code, if there was one. */
  readonly closeCode?: number;
  /**
   * True if the context has certainly lost its variables: its process ended, or was killed because it did not react to a timeout or
   * an interrupt; or the context is gone.
   */
  readonly variablesLost?: boolean;
  /** The output so far, unless the code has certainly not run. */
  readonly result?: ExecutionResult;
}

/** What is known of an error besides its message. */
export interface ErrorDetails {
  /** The stable word. Default: `FAILED`. */
  code?: ErrorCode | undefined;
  /** What led to it. */
  cause?: unknown;
  /** The HTTP status. */
  statusCode?: number | undefined;
  /** The WebSocket close code. */
  closeCode?: number | undefined;
  /** Whether the context has lost its variables. */
  variablesLost?: boolean | undefined;
  /** The output so far. */
  result?: ExecutionResult | undefined;
}

/** The code ran longer than its timeout; code `TIMEOUT`. */
export class DaytonaTimeoutError extends DaytonaError {}
/**
 * The run was ended from outside. Codes: `CONNECT_FAILED` (no connection), `CONNECTION_LOST` (the connection broke, or the
 * toolbox fell silent), `WORKER_DIED` (Python crashed or was killed), `CONTEXT_DELETED`, `NOT_RUN` (the toolbox closed
 * before it ran the code), `CLOSED` (`close()` was called).
 */
export class DaytonaConnectionError extends DaytonaError {}
/** There is no such context or sandbox (`NOT_FOUND`), or no toolbox at this URL (`NOT_A_TOOLBOX`). */
export class DaytonaNotFoundError extends DaytonaError {}
/** The token or API key is missing or wrong; code `UNAUTHORIZED`. */
export class DaytonaAuthenticationError extends DaytonaError {}
/** The token, or the page's origin, does not allow this; code `FORBIDDEN`. */
export class DaytonaAuthorizationError extends DaytonaError {}
/** A wrong argument (`INVALID_ARGUMENT`; nothing was sent), or a request that the toolbox refused (`INVALID_REQUEST`). */
export class DaytonaValidationError extends DaytonaError {}
/** The request conflicts with something that exists; code `CONFLICT`. */
export class DaytonaConflictError extends DaytonaError {}
/** The toolbox is at a limit; code `RATE_LIMITED`. */
export class DaytonaRateLimitError extends DaytonaError {}
