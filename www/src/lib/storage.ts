/** What the page stores in the browser: JSON in localStorage. Reading is lenient, since an older page or a person may have written it. */

const PREFIX = "codecell.";

export function load(key: string, storage: Storage = localStorage): unknown {
  try {
    return JSON.parse(loadJson(key, storage) ?? "null");
  } catch {
    return null;
  }
}

/** The stored text as it is. */
export function loadJson(key: string, storage: Storage = localStorage): string | null {
  try {
    return storage.getItem(PREFIX + key);
  } catch {
    return null;
  }
}

/** False when the browser refuses: storage is full, or switched off. */
export function save(key: string, value: unknown, storage: Storage = localStorage): boolean {
  return saveJson(key, JSON.stringify(value), storage);
}

export function saveJson(key: string, json: string, storage: Storage = localStorage): boolean {
  try {
    storage.setItem(PREFIX + key, json);
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

/** The keys that begin so, without that beginning. */
export function keysBelow(prefix: string, storage: Storage = localStorage): string[] {
  try {
    const start = PREFIX + prefix;
    return Object.keys(storage).filter((key) => key.startsWith(start)).map((key) => key.slice(start.length));
  } catch {
    return [];
  }
}

/** What another tab of the browser wrote or removed, by the name that it has here. */
export function changedKey({ key, storageArea }: StorageEvent): string | undefined {
  return storageArea === localStorage && key?.startsWith(PREFIX) ? key.slice(PREFIX.length) : undefined;
}

export function isRecord(value: unknown): value is Record<string, unknown> {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}
