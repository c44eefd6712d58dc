// The official client's file methods, unchanged, against the local toolbox: every one of them.

import { deepEqual, equal, match, ok, rejects } from "node:assert/strict";
import { createReadStream } from "node:fs";
import { mkdtemp, readFile, rm, writeFile } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

const MEBIBYTE = 1 << 20;

export const files = {
  async "files go up, code reads and writes them, and they come down"({ interpreter, fs }) {
    await fs.uploadFile(Buffer.from("a,b\n1,2\n"), "data/in.csv");
    equal((await interpreter.runCode("print(open('data/in.csv').read(), end='')")).stdout, "a,b\n1,2\n");
    await interpreter.runCode("open('data/out.bin', 'wb').write(bytes(range(256)) * 4096)");
    deepEqual(await fs.downloadFile("data/out.bin"), Buffer.concat(Array(4096).fill(Buffer.from(Array.from({ length: 256 }, (_, byte) => byte)))));
    const where = (await interpreter.runCode("import os; print(os.getcwd(), end='')")).stdout;
    equal((await fs.downloadFile(`${where}/data/in.csv`)).toString(), "a,b\n1,2\n");
  },

  async "files go up and come down as streams, and from and to the disk"({ fs }) {
    const folder = await mkdtemp(join(tmpdir(), "codecell-files-"));
    try {
      const content = Buffer.alloc(3 * MEBIBYTE, "streamed ");
      await writeFile(join(folder, "here.bin"), content);
      await fs.uploadFile(join(folder, "here.bin"), "one.bin");
      let sent = 0;
      await fs.uploadFileStream(createReadStream(join(folder, "here.bin")), "deep/two.bin", { onProgress: ({ bytesSent }) => (sent = bytesSent) });
      equal(sent, content.length);
      await fs.uploadFiles([{ source: join(folder, "here.bin"), destination: "three.bin" }, { source: Buffer.from("4"), destination: "ü 4.txt" }]);
      await fs.downloadFile("deep/two.bin", join(folder, "back.bin"));
      deepEqual(await readFile(join(folder, "back.bin")), content);
      const pieces = await all(await fs.downloadFileStream("three.bin"));
      deepEqual(Buffer.concat(pieces), content);
      equal((await fs.downloadFile("ü 4.txt")).toString(), "4");
    } finally {
      await rm(folder, { recursive: true });
    }
  },

  async "several files come down at once, and each that can't says why"({ fs }) {
    await fs.uploadFile(Buffer.from("there"), "there.txt");
    await fs.createFolder("folder", "755");
    const [there, missing, folder, outside] = await fs.downloadFiles(["there.txt", "missing.txt", "folder", "/etc/passwd"].map((source) => ({ source })));
    equal(there.result.toString(), "there");
    match(missing.error, /missing\.txt: no such file/);
    equal(missing.errorDetails.errorCode ?? missing.errorDetails.code, "FILE_NOT_FOUND");
    match(folder.error, /it is a directory/);
    match(outside.error, /only files below/);
    await rejects(fs.downloadFile("missing.txt"), /missing\.txt: no such file/);
  },

  async "folders are listed, and files described"({ fs }) {
    await fs.createFolder("a/b", "750");
    await fs.uploadFile(Buffer.from("12345"), "a/five.txt");
    const listed = await fs.listFiles("a");
    deepEqual(listed.map(({ name, isDir, size }) => [name, isDir, isDir || size]), [["b", true, true], ["five.txt", false, 5]]);
    const { permissions, mode, size, isDir, modTime } = await fs.getFileDetails("a/five.txt");
    deepEqual({ permissions, mode, size, isDir }, { permissions: "0644", mode: "-rw-r--r--", size: 5, isDir: false });
    ok(Math.abs(new Date(modTime.replace(/ \+0000 UTC$/, "Z").replace(" ", "T")) - Date.now()) < 600_000, modTime);
    equal((await fs.getFileDetails("a/b")).mode, "drwxr-x---");
    await rejects(fs.listFiles("missing"), ({ statusCode }) => statusCode === 404);
    await rejects(fs.getFileDetails("/etc/passwd"), ({ statusCode }) => statusCode === 403);
  },

  async "files are moved, changed and removed"({ fs, interpreter }) {
    await fs.uploadFiles(["one", "two"].map((name) => ({ source: Buffer.from(name), destination: `${name}.txt` })));
    await rejects(fs.moveFiles("one.txt", "two.txt"), ({ statusCode }) => statusCode === 409);
    await fs.moveFiles("one.txt", "three.txt");
    await fs.setFilePermissions("three.txt", { mode: "600" });
    equal((await fs.getFileDetails("three.txt")).permissions, "0600");
    await fs.createFolder("full", "755");
    await fs.moveFiles("two.txt", "full/two.txt");
    await rejects(fs.deleteFile("full"), ({ statusCode }) => statusCode === 400);
    await fs.deleteFile("full", true);
    await fs.deleteFile("three.txt");
    equal((await interpreter.runCode("import os; print(sorted(name for name in os.listdir() if name[0] != '.'))")).stdout, "[]\n");
  },

  async "names and texts are found, and texts replaced"({ fs }) {
    await fs.uploadFiles([
      { source: Buffer.from("TODO: one\nfine\n"), destination: "src/a.py" },
      { source: Buffer.from("# TODO: two\n"), destination: "src/deep/b.py" },
      { source: Buffer.from("nothing"), destination: "src/c.txt" },
    ]);
    deepEqual((await fs.searchFiles("src", "*.py")).files.sort(), ["src/a.py", "src/deep/b.py"]);
    const found = await fs.findFiles("src", "TODO:");
    deepEqual(found.map(({ file, line, content }) => [file, line, content]).sort(), [["src/a.py", 1, "TODO: one"], ["src/deep/b.py", 1, "# TODO: two"]]);
    const replaced = await fs.replaceInFiles(["src/a.py", "src/missing.py"], "TODO", "DONE");
    deepEqual(replaced.map(({ file, success }) => [file, success]), [["src/a.py", true], ["src/missing.py", false]]);
    equal((await fs.downloadFile("src/a.py")).toString(), "DONE: one\nfine\n");
  },
};

async function all(stream) {
  const pieces = [];
  for await (const piece of stream) pieces.push(Buffer.from(piece));
  return pieces;
}
