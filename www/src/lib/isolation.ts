import { isRecord } from "./storage";

/** One layer between the code and the machine. */
export interface Layer {
  name: string;
  active: boolean;
  /** What it does here; or why it is missing. */
  detail: string;
}

/** What a local toolbox says of itself in `GET /health`. */
export interface Health {
  version: string;
  python: string;
  level: string;
  layers: Layer[];
  /** What code can do here that a strong toolbox would stop. */
  missing: string[];
}

/** Reads the report; `undefined` if it says nothing of isolation, as another server's `/health` may. */
export function readHealth(report: unknown): Health | undefined {
  const isolation = isRecord(report) ? report["isolation"] : undefined;
  if (!isRecord(report) || !isRecord(isolation) || typeof isolation["level"] !== "string") return undefined;
  return {
    version: text(report["version"]),
    python: text(report["python"]),
    level: isolation["level"],
    layers: list(isolation["layers"]).filter(isRecord).map(({ name, active, detail }) => ({ name: text(name), active: active === true, detail: text(detail) })),
    missing: list(isolation["missing"]).map(text),
  };
}

function text(value: unknown): string {
  return typeof value === "string" ? value : "";
}

function list(value: unknown): unknown[] {
  return Array.isArray(value) ? value : [];
}
