import { connect } from "codecell";
import { files } from "codecell/files";

const { TOOLBOX_URL: toolboxUrl, TOOLBOX_TOKEN: token } = process.env;
const interpreter = await connect({ toolboxUrl, token });
const { write, uploadMany, list, readText, stream, search, remove } = files(interpreter);

// Strings, bytes, a Blob such as the File of an <input type="file">, or a stream.
let sent;
await write("shop/sales.csv", "day,sold\nMon,3\nTue,5\n", { onProgress: ({ loaded, total }) => (sent = `${loaded} of ${total}`) });
console.log("sent", sent, "bytes");

// Python finds it there. What Python writes is in the result, and can be read back.
const run = await interpreter.runCode(`
import csv
with open("shop/sales.csv") as file:
    total = sum(int(row["sold"]) for row in csv.DictReader(file))
with open("shop/total.txt", "w") as file:
    print("total", total, file=file)
`, { files: true });
console.log("wrote", run.files);
console.log((await readText("shop/total.txt")).trim());
console.log((await list("shop")).map(({ name, size }) => `${name}: ${size}`).join(", "));

// Piece by piece, for files that are larger than memory.
let bytes = 0;
for await (const piece of await stream("shop/sales.csv")) bytes += piece.length;
console.log("streamed", bytes, "bytes");

// What goes wrong says which file, and why.
try {
  await uploadMany([{ path: "shop/ok.txt", data: "fine" }, { path: "/etc/passwd", data: "mine now" }]);
} catch (error) {
  console.log(error.name, "for", error.failed.map(({ path }) => path).join());
}
console.log(await search("shop", "*.txt"));
await remove("shop", { recursive: true });

interpreter.close();
