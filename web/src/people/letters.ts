/** A file's text: in the letters of Unicode where it is written so, else in those that older spreadsheets write (Windows-1252). */
export function readable(bytes: ArrayBuffer): string {
  const [one, other] = new Uint8Array(bytes.slice(0, 2));
  if ((one === 0xff && other === 0xfe) || (one === 0xfe && other === 0xff)) return new TextDecoder(one === 0xff ? "utf-16le" : "utf-16be").decode(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true }).decode(bytes);
  } catch {
    return new TextDecoder("windows-1252").decode(bytes);
  }
}
