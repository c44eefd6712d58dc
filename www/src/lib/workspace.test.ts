import type { FileInfo } from "codecell/files";
import { describe as group, expect, it } from "vitest";
import { describe, newestFirst } from "./workspace";

const file = (name: string, modifiedAt: string, isDir = false, size = 0): FileInfo => ({
  name, path: `/w/${name}`, size, isDir, modifiedAt, mode: "", permissions: "0644", owner: "0", group: "0",
});

group("files of the workspace", () => {
  it("come newest first, folders last, without hidden ones", () => {
    const files = [file("old", "2026-01-01T00:00:00Z"), file(".cache", "2026-01-03T00:00:00Z"), file("folder", "2026-01-04T00:00:00Z", true), file("new", "2026-01-02T00:00:00Z")];
    expect(newestFirst(files).map(({ name }) => name)).toEqual(["new", "old", "folder"]);
  });

  it("have sizes that people read", () => {
    const sizes = [0, 999, 1000, 1_500_000, 3e12].map((size) => describe(file("x", "2026-01-01T00:00:00Z", false, size)).split(",")[0]);
    expect(sizes).toEqual(["0 bytes", "999 bytes", "1.0 KB", "1.5 MB", "3000.0 GB"]);
  });
});
