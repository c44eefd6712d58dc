const CONTROL = /[\x00-\x08\x0b-\x1f\x7f-\x9f]/g;

/** Text for the page's own lines in the terminal: no control character, so that no title or traceback can steer it. */
export function plain(text: string, lines = false): string {
  const calm = text.replace(/\r\n/g, "\n").replace(CONTROL, "�");
  return lines ? calm : calm.replace(/\s+/g, " ").trim();
}
