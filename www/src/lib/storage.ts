/** What the page keeps in the browser: JSON in localStorage, read leniently, since an older page or a person may have written it. */

const PREFIX = "codecell.";

export function load(key: string, storage: Storage = localStorage): unknown {
  try {
    return JSON.parse(storage.getItem(PREFIX + key) ?? "null");
  } catch {
    return null;
  }
}

/** False when the browser refuses: storage is full, or switched off. */
export function save(key: string, value: unknown, storage: Storage = localStorage): boolean {
  try {
    storage.setItem(PREFIX + key, JSON.stringify(value));
    return true;
  } catch {
    return false;
  }
}

export function forget(key: string, storage: Storage = localStorage): void {
  try {
    storage.removeItem(PREFIX + key);
  } catch {
    // Storage that is switched off has nothing to forget.
  }
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
