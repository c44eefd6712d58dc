// Where a Python error comes from: as the toolbox says it, or as far as the text of its traceback goes.

import { read } from "../web/messages.js";

const FRAME = /^ *File "(.+)", line (\d+)(?:, in (.+))?(?:\n    (\S.*))?/gm;

/** The error, with its frames, cause and the errors of its group. `details` is JSON, or empty from a stock toolbox. */
export function withFrames(error, details) {
  const { frames = framesIn(error.traceback), cause, errors } = read(details);
  return { ...error, frames, ...(cause && { cause }), ...(errors && { errors }) };
}

/** The frames in a traceback. Those of errors that led to this one stand before it. */
function framesIn(traceback) {
  const own = traceback.split("Traceback (most recent call last):").at(-1);
  return Array.from(own.matchAll(FRAME), ([, file, line, name = "", source]) => ({ file, line: +line, function: name, ...(source && { source }) }));
}
