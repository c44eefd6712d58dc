import { describe, expect, it } from "vitest";
import { newLines } from "./announcer.svelte";
import { dedent, titleOf } from "./code-text";
import { readHealth } from "./isolation";
import { webAddress } from "./links";
import { plain } from "./plain";
import { decodeCode, encodeCode, readFragment, shareLink } from "./share";
import { frameIn, linesIn } from "./traceback";

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
  it("is read for the user's own frames", () => {
    expect(frameIn('  File "<stdin>", line 6, in f')).toEqual({ line: 6, start: 2, length: 22 });
    expect(frameIn('  File "/usr/lib/python3/json.py", line 6')).toBeUndefined();
    expect(frameIn('  File "<frozen importlib._bootstrap>", line 6')).toBeUndefined();
  });

  it("names the file's lines, each once, for a selection too", () => {
    const traceback = 'File "<stdin>", line 4\nFile "<stdin>", line 1\nFile "<stdin>", line 1\n';
    const error = { name: "E", value: "", traceback, frames: [] };
    expect(linesIn({ error, source: { fileId: "f", lineOffset: 10 } })).toEqual([14, 11]);
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
