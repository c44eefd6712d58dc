/** Shared code travels in the link's fragment, which browsers never send to a server: deflate, then base64url. */

/** A link can't ask for more memory than this. */
const MAX_SHARED_BYTES = 2_000_000;

export async function encodeCode(code: string): Promise<string> {
  const stream = new Blob([code]).stream().pipeThrough(new CompressionStream("deflate-raw"));
  const bytes = new Uint8Array(await new Response(stream).arrayBuffer());
  let binary = "";
  for (const byte of bytes) binary += String.fromCharCode(byte);
  return btoa(binary).replaceAll("+", "-").replaceAll("/", "_").replace(/=+$/, "");
}

/** The code in a link, or `undefined` if the link is damaged or far too large. */
export async function decodeCode(encoded: string): Promise<string | undefined> {
  try {
    const binary = atob(encoded.replaceAll("-", "+").replaceAll("_", "/"));
    const bytes = Uint8Array.from(binary, (character) => character.charCodeAt(0));
    const reader = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw")).getReader();
    const decoder = new TextDecoder("utf-8", { fatal: true });
    let code = "";
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return code + decoder.decode();
      code += decoder.decode(value, { stream: true });
      if (code.length > MAX_SHARED_BYTES) {
        await reader.cancel();
        return undefined;
      }
    }
  } catch {
    return undefined;
  }
}

/** A link to this page that holds the code, and nothing else of the page's address. */
export async function shareLink(name: string, code: string, page: Location = location): Promise<string> {
  const fragment = new URLSearchParams({ name, code: await encodeCode(code) });
  return `${page.origin}${page.pathname}#${fragment}`;
}

export interface Fragment {
  token?: string;
  name?: string;
  code?: string;
}

export function readFragment(hash: string): Fragment {
  const parameters = new URLSearchParams(hash.replace(/^#/, ""));
  const fragment: Fragment = {};
  const token = parameters.get("token");
  const code = parameters.get("code");
  const name = parameters.get("name");
  if (token) fragment.token = token;
  if (code) fragment.code = code;
  if (name) fragment.name = name.slice(0, 80);
  return fragment;
}

/** True for a host name that means this computer, wherever the link is opened. */
export function isLoopback(hostname: string): boolean {
  return hostname === "localhost" || hostname.endsWith(".localhost") || hostname === "[::1]" || /^(127|0)\./.test(hostname);
}
