/** The address that a link in the output leads to, as the browser reads it; `undefined` if it does not lead to a web page. */
export function webAddress(link: string): string | undefined {
  const url = URL.canParse(link) ? new URL(link) : undefined;
  return url?.protocol === "http:" || url?.protocol === "https:" ? url.href : undefined;
}
