/** Has the browser save a file, as if a link to it was clicked. */
export function saveFile(name: string, content: Blob): void {
  const address = URL.createObjectURL(content);
  const link = document.createElement("a");
  Object.assign(link, { href: address, download: name });
  link.click();
  // A browser may fetch it only after the click has returned.
  setTimeout(() => URL.revokeObjectURL(address), 60_000);
}
