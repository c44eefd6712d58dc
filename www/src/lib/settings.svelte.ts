import { isRecord, load, save } from "./storage";

export const DEFAULT_TIMEOUT_SECONDS = 600;
export const DEFAULT_SCROLLBACK_LINES = 10_000;

export interface EnvRow {
  name: string;
  value: string;
}

/** How code is run and how much of its output is kept; remembered between visits. */
export class Settings {
  envs = $state<EnvRow[]>([]);
  /** Whole seconds; 0 is no limit. */
  timeout = $state(DEFAULT_TIMEOUT_SECONDS);
  scrollback = $state(DEFAULT_SCROLLBACK_LINES);

  constructor() {
    const kept = load("settings");
    if (!isRecord(kept)) return;
    this.timeout = wholeNumber(kept["timeout"], 0, 86_400) ?? DEFAULT_TIMEOUT_SECONDS;
    this.scrollback = wholeNumber(kept["scrollback"], 100, 200_000) ?? DEFAULT_SCROLLBACK_LINES;
    if (Array.isArray(kept["envs"])) {
      for (const row of kept["envs"]) {
        if (isRecord(row)) this.envs.push({ name: String(row["name"] ?? ""), value: String(row["value"] ?? "") });
      }
    }
  }

  save(): void {
    save("settings", { envs: this.envs, timeout: this.timeout, scrollback: this.scrollback });
  }

  /** The rows that have a name, as `runCode` takes them. */
  get envsForRun(): Record<string, string> {
    return Object.fromEntries(this.envs.filter((row) => row.name.trim() !== "").map((row) => [row.name.trim(), row.value]));
  }
}

function wholeNumber(value: unknown, least: number, most: number): number | undefined {
  return typeof value === "number" && Number.isInteger(value) && value >= least && value <= most ? value : undefined;
}
