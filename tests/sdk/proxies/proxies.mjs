// nginx, HAProxy and Caddy, started with the configurations that docs/proxies.md shows. Only ports, paths and the toolbox's address are replaced.

import { access, readFile, readdir, writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { run, start } from "../../lib/process.mjs";
import { freePort } from "../../package/lib/static.mjs";

/** The name that the guide serves the toolbox at. */
export const HOST = "python.example.org";

const START_MS = 20_000;
const ATTEMPTS = 5;

const PROXIES = {
  nginx: {
    language: "nginx",
    program: "nginx",
    file: "nginx.conf",
    arguments: (file, folder) => ["-p", folder, "-c", file, "-g", "daemon off; master_process off;"],
    surround: (configuration, folder, idle) => `
      pid ${folder}/nginx.pid;
      error_log stderr crit;
      events {}
      http {
        client_body_temp_path ${folder}/body;
        proxy_temp_path ${folder}/proxy;
        fastcgi_temp_path ${folder}/fastcgi;
        uwsgi_temp_path ${folder}/uwsgi;
        scgi_temp_path ${folder}/scgi;
        ${idle ? `proxy_read_timeout ${idle}s; proxy_send_timeout ${idle}s;` : ""}
        ${configuration}
      }`,
  },
  HAProxy: {
    language: "haproxy",
    program: "haproxy",
    file: "haproxy.cfg",
    arguments: (file) => ["-db", "-f", file],
    surround: (configuration, _, idle) => (idle ? configuration.replaceAll(" 50s", ` ${idle}s`) : configuration),
  },
  Caddy: {
    language: "caddyfile",
    program: "caddy",
    file: "Caddyfile",
    arguments: (file) => ["run", "--config", file, "--adapter", "caddyfile"],
    surround: (configuration) => configuration.replace("{\n", "{\n\tadmin off\n\tauto_https disable_redirects\n\tskip_install_trust\n"),
  },
};

export const NAMES = Object.keys(PROXIES);

/** Whether a proxy is on this machine. */
export async function isInstalled(name) {
  const folders = [...(process.env.PATH ?? "").split(":"), "/usr/sbin"];
  const found = await Promise.allSettled(folders.map((folder) => access(join(folder, PROXIES[name].program))));
  return found.some(({ status }) => status === "fulfilled");
}

/** Creates the certificate and key that the configurations name; gives the certificate's path. */
export async function createCertificate(folder) {
  const [certificate, key] = [join(folder, `${HOST}.pem`), join(folder, `${HOST}.key`)];
  const subject = ["-subj", `/CN=${HOST}`, "-addext", `subjectAltName=DNS:${HOST}`];
  const kind = ["-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-days", "2"];
  await run("openssl", ["req", ...kind, ...subject, "-keyout", key, "-out", certificate]);
  // HAProxy reads both from one file; the others take the first certificate of it.
  await writeFile(certificate, (await readFile(certificate, "utf8")) + (await readFile(key, "utf8")));
  return certificate;
}

/**
 * Starts a proxy in front of a toolbox.
 *
 * `folder` has the certificate, and gets the logs. `idle` is a limit in seconds, after which it ends silent connections; without
 * it the guide's own holds.
 */
export async function startProxy(name, { folder, toolbox, idle, port }) {
  for (let attempt = 1; ; attempt++) {
    const chosen = port ?? (await freePort());
    const proxy = await launch(PROXIES[name], { folder, toolbox, idle, port: chosen });
    if (await isListening(chosen, proxy.ended)) {
      return { port: chosen, url: `https://${HOST}:${chosen}/python`, stop: proxy.stop, logs: () => logs(folder, proxy) };
    }
    await proxy.stop();
    // Another program may have taken the port meanwhile.
    if (attempt === ATTEMPTS) throw new Error(`${name} did not start:\n${proxy.output()}`);
  }
}

async function launch(proxy, { folder, toolbox, idle, port }) {
  const configuration = (await documented(proxy.language))
    .replaceAll("/etc/ssl/", `${folder}/`)
    .replaceAll(/\/var\/log\/\w+\//g, `${folder}/`)
    .replaceAll("127.0.0.1:2280", new URL(toolbox.url).host)
    .replace("listen 443 ssl", `listen 127.0.0.1:${port} ssl`)
    .replace("bind :443", `bind 127.0.0.1:${port}`)
    .replace(`${HOST} {`, `${HOST}:${port} {\n\tbind 127.0.0.1`);
  const file = join(folder, proxy.file);
  await writeFile(file, proxy.surround(configuration, folder, idle));
  const env = { XDG_DATA_HOME: folder, XDG_CONFIG_HOME: folder, HOME: folder, PATH: `${process.env.PATH}:/usr/sbin` };
  return start(proxy.program, proxy.arguments(file, folder), { cwd: folder, env });
}

/** The block of the guide in one language. */
async function documented(language) {
  const guide = await readFile(new URL("../../../docs/proxies.md", import.meta.url), "utf8");
  const blocks = [...guide.matchAll(new RegExp(`^\`\`\`${language}\n(.*?)^\`\`\`$`, "gms"))];
  if (blocks.length !== 1) throw new Error(`docs/proxies.md has ${blocks.length} blocks of ${language}`);
  return blocks[0][1];
}

/** Everything that a proxy has logged, to its output and to files. */
async function logs(folder, proxy) {
  const files = (await readdir(folder)).filter((name) => name.endsWith(".log"));
  const texts = await Promise.all(files.map((name) => readFile(join(folder, name), "utf8")));
  return [proxy.output(), ...texts].join("\n");
}

/** Waits until something listens at a port; false if the program ends before, or takes too long. */
async function isListening(port, ended) {
  let hasEnded = false;
  void ended.then(() => (hasEnded = true));
  for (const deadline = Date.now() + START_MS; Date.now() < deadline && !hasEnded; ) {
    if (await accepts(port)) return !hasEnded;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
  return false;
}

function accepts(port) {
  return new Promise((resolve) => {
    const socket = connect(port, "127.0.0.1");
    socket.once("connect", () => resolve(true)).once("error", () => resolve(false));
    socket.once("connect", () => socket.destroy());
  });
}
