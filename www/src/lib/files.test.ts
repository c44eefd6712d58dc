import { beforeEach, describe, expect, it, vi } from "vitest";
import { Files } from "./files.svelte";

/** What `Storage` is to the page: its keys are its own properties. */
class FakeStorage {
  getItem(key: string): string | null {
    return (this as unknown as Record<string, string>)[key] ?? null;
  }
  setItem(key: string, value: string): void {
    (this as unknown as Record<string, string>)[key] = value;
  }
  removeItem(key: string): void {
    delete (this as unknown as Record<string, string>)[key];
  }
}

const codes = (files: Files): Record<string, string> => Object.fromEntries(files.list.map(({ name, code }) => [name, code]));

describe("two tabs with the same files", () => {
  let here: Files;
  let there: Files;
  let id: string;
  beforeEach(() => {
    vi.stubGlobal("localStorage", new FakeStorage());
    here = new Files();
    id = here.activeId;
    here.edit(id, "start", null);
    there = new Files();
  });

  it("see what the other one wrote", () => {
    there.edit(id, "changed", null);
    here.reread(id);
    expect(here.active?.code).toBe("changed");
    expect(here.edit(id, "changed more", null)).toBe(id);
    expect(here.notice).toBe("");
  });

  it("that both changed a file lose neither text, and the second is told", () => {
    there.edit(id, "typed there", null);
    const copy = here.edit(id, "typed here", null);
    expect(copy).not.toBe(id);
    expect(here.activeId).toBe(copy);
    expect(here.notice).toContain("main 2.py");
    expect(codes(new Files())).toEqual({ "main.py": "typed there", "main 2.py": "typed here" });
    expect(here.edit(copy, "typed here on", null)).toBe(copy);
  });

  it("and only moved the cursor in one take over the other's text", () => {
    there.edit(id, "typed there", null);
    expect(here.edit(id, "start", { cursor: 1 })).toBe(id);
    expect(here.active?.code).toBe("typed there");
    expect(codes(new Files())).toEqual({ "main.py": "typed there" });
  });

  it("keep a file that only the other one knows", () => {
    there.add("new.py", "x = 1");
    here.select(id);
    expect(codes(new Files())).toEqual({ "main.py": "start", "new.py": "x = 1" });
    here.reread(there.activeId);
    expect(codes(here)).toHaveProperty(["new.py"], "x = 1");
  });

  it("drop a file that was closed in one, and keep what is typed in the other", () => {
    const other = there.add("other.py", "y");
    here.reread(other.id);
    there.close(other.id);
    here.reread(other.id);
    expect(codes(here)).toEqual({ "main.py": "start" });
    there.close(id);
    here.edit(id, "still typing", null);
    expect(Object.values(codes(new Files()))).toContain("still typing");
  });
});
