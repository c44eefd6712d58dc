// The gates: what the tarball must hold to whatever it is installed into.

import { backendGates } from "./backends.mjs";
import { contents, lint } from "./contents.mjs";
import { daytona } from "./daytona.mjs";
import { examples } from "./examples.mjs";
import { failedLoads } from "./failed-loads.mjs";
import { frameworks } from "./frameworks.mjs";
import { guides } from "./guides.mjs";
import { imports } from "./imports.mjs";
import { policy } from "./policy.mjs";
import { render } from "./render.mjs";
import { serverSide } from "./server-side.mjs";
import { size } from "./size.mjs";
import { types } from "./types.mjs";

export const gates = [...backendGates, frameworks, guides, contents, lint, size, render, imports, examples, types, serverSide, policy, failedLoads, daytona];
