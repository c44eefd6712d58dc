import animation from "../examples/animation.py?raw";
import asyncio from "../examples/asyncio.py?raw";
import contexts from "../examples/contexts.py?raw";
import environment from "../examples/environment.py?raw";
import error from "../examples/error.py?raw";
import input from "../examples/input.py?raw";
import plot from "../examples/plot.py?raw";
import progress from "../examples/progress.py?raw";
import streaming from "../examples/streaming.py?raw";
import subprocess from "../examples/subprocess.py?raw";
import table from "../examples/table.py?raw";
import { texts } from "./texts";

export interface Example {
  file: string;
  title: string;
  about: string;
  code: string;
}

const codes = { streaming, plot, table, animation, progress, error, contexts, environment, input, asyncio, subprocess };

export const examples: Example[] = (Object.keys(codes) as (keyof typeof codes)[]).map((key) => ({
  file: `${key}.py`,
  code: codes[key],
  ...texts.examples.list[key],
}));
