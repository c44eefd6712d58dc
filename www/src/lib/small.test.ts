import { describe, expect, it } from "vitest";
import { newLines } from "./announcer.svelte";
import { dedent, titleOf } from "./code-text";
import { readHealth } from "./isolation";
import { webAddress } from "./links";
import { plain } from "./plain";
import { decodeCode, encodeCode, readFragment, shareLink } from "./share";
import { frameIn, linesIn, placeIn } from "./traceback";
import type { ExecutionError } from "codecell";

describe("shared code", () => {
  it("comes back as it was", async () => {
    const code = 'print("ünïcödé 🎉")\n'.repeat(50);
    const encoded = await encodeCode(code);
    expect(encoded).toMatch(/^[\w-]+$/);
    expect(encoded.length).toBeLessThan(code.length / 4);
    expect(await decodeCode(encoded)).toBe(code);
  });

  it("that is damaged, or unpacks to more than a page should hold, is refused", async () => {
    expect(await decodeCode("AAAA")).toBeUndefined();
    expect(await decodeCode("%%%")).toBeUndefined();
    expect(await decodeCode(await encodeCode(" ".repeat(3_000_000)))).toBeUndefined();
  });

  it("travels without the token or anything else of the address", async () => {
    const link = await shareLink("a b.py", "x = 1", { origin: "http://h", pathname: "/p", hash: "#token=secret" } as Location);
    expect(link).not.toContain("secret");
    const { name, code, token } = readFragment(new URL(link).hash);
    expect([name, token, await decodeCode(code ?? "")]).toEqual(["a b.py", undefined, "x = 1"]);
  });
});

describe("a traceback", () => {
  const failure = (frames: ExecutionError["frames"], indent = 0) => ({
    error: { name: "E", value: "", traceback: "", frames },
    source: { fileId: "f", name: "f.py", indent },
  });
  const frame = (file: string, line: number, more = {}) => ({ file, line, function: "f", ...more });

  it("is read for its frames", () => {
    expect(frameIn('  File "a b.py", line 6, in f')).toEqual({ file: "a b.py", line: 6, start: 2, length: 21 });
    expect(frameIn("  line 6")).toBeUndefined();
  });

  it("names the lines of the run that failed, each once", () => {
    const frames = [frame("f.py", 4, { cell: "s.2" }), frame("f.py", 9, { cell: "s.1" }), frame("f.py", 1, { cell: "s.2" }), frame("f.py", 1, { cell: "s.2" }), frame("/lib/x.py", 3)];
    expect(linesIn(failure(frames))).toEqual([4, 1]);
  });

  it("of a toolbox that takes no names is read by the numbers of cells", () => {
    expect(linesIn(failure([frame("<stdin>", 4), frame("<stdin 3>", 9), frame("/lib/x.py", 2)]))).toEqual([4]);
    expect(linesIn(failure([frame("<cell 7>", 4), frame("<cell 3>", 9)]))).toEqual([4]);
    expect(linesIn(failure([]))).toEqual([]);
  });

  it("has a place, and a range where Python knows it", () => {
    const range = { column: 2, endLine: 5, endColumn: 3 };
    expect(placeIn(failure([frame("f.py", 4, { cell: "s.2", ...range })], 4))).toEqual({ line: 4, range: { column: 6, endLine: 5, endColumn: 7 } });
    expect(placeIn(failure([frame("f.py", 4, { cell: "s.2" })]))).toEqual({ line: 4 });
    expect(placeIn(failure([frame("/lib/x.py", 4)]))).toBeUndefined();
  });
});

describe("text", () => {
  it("of the page's own lines can't steer the terminal", () => {
    expect(plain("a\x1b[2Jb\x07")).toBe("a�[2Jb�");
    expect(plain("a\r\nb\tc", true)).toBe("a\nb\tc");
  });

  it("that is new is told from text that was there", () => {
    expect(newLines(["a", "b"], ["a", "b", "c", "d"])).toEqual(["c", "d"]);
    expect(newLines(["a", "b"], ["b", "c"])).toEqual(["c"]);
    expect(newLines([], ["a"])).toEqual(["a"]);
  });

  it("of a run's title is its first line that does something", () => {
    expect(titleOf("# comment\n\n  x = 1\n")).toBe("x = 1");
    expect(titleOf("# only a comment")).toBe("# only a comment");
    expect(titleOf("y".repeat(100))).toHaveLength(72);
  });

  it("that is selected loses the indentation that all of it shares", () => {
    expect(dedent("    if x:\n        y\n\n    z")).toBe("if x:\n    y\n\nz");
    expect(dedent("  a\nb")).toBe("  a\nb");
  });
});

describe("a link in the output", () => {
  it("leads to a web page or nowhere", () => {
    expect(webAddress("https://example.com/a b")).toBe("https://example.com/a%20b");
    expect(webAddress("HTTP://example.com")).toBe("http://example.com/");
    for (const link of ["javascript:alert(1)", " javascript:alert(1)", "data:text/html,x", "file:///etc/passwd", "blob:https://h/1", "vscode://open", "/path", ""]) {
      expect(webAddress(link)).toBeUndefined();
    }
  });

  it("shows the address that the browser would go to, not how it was spelled", () => {
    expect(webAddress("https://ex\u0430mple.com/")).toBe("https://xn--exmple-4nf.com/");
  });
});

describe("a toolbox's report of itself", () => {
  it("is read leniently, and is none where it says nothing of isolation", () => {
    expect(readHealth({ isolation: { level: "basic", layers: [{ name: "seccomp", active: false, detail: "why" }, 7], missing: ["m"] } })).toEqual({
      version: "", python: "", level: "basic", layers: [{ name: "seccomp", active: false, detail: "why" }], missing: ["m"],
    });
    for (const other of [null, "ok", { status: "ok" }, { isolation: {} }]) expect(readHealth(other)).toBeUndefined();
  });
});
