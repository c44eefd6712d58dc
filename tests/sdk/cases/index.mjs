// The cases, by name: a name is the sentence that the case holds. A case is a function, or a `body` with tables beside it of what each of the clients
// has to do where they differ; all that stands in a body is the same for both.

import { contexts } from "./contexts.mjs";
import { sandbox } from "./daytona-sandbox.mjs";
import { cuts } from "./cuts.mjs";
import { endings } from "./endings.mjs";
import { errors } from "./errors.mjs";
import { files } from "./files.mjs";
import { ownFiles } from "./own-files.mjs";
import { insight } from "./insight.mjs";
import { output } from "./output.mjs";
import { requests } from "./requests.mjs";
import { results } from "./results.mjs";
import { turns } from "./turns.mjs";

/** What both clients have to hold. */
export const shared = { ...output, ...contexts, ...endings };

/** What the official client has alone. */
export const officials = files;

/** What is codecell's alone. */
export const own = { ...sandbox, ...requests, ...ownFiles, ...errors, ...cuts, ...results, ...insight, ...turns };
