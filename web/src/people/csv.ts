/** The text of a file that is said to be CSV: spreadsheets write UTF-8, UTF-16, or the old letters of Windows. */

const WORKBOOKS = [[0x50, 0x4b, 0x03, 0x04], [0xd0, 0xcf, 0x11, 0xe0]]; // .xlsx, .ods and .numbers; .xls
const BINARY = "This is no CSV file.";
const WORKBOOK = "This is a spreadsheet’s own file. Save it as CSV there, and choose that one: in Excel and LibreOffice under “Save as”, in Google Sheets under “Download”.";

/** Throws an Error that says what to do, where it is no text. */
export function textOf(bytes: Uint8Array): string {
  if (WORKBOOKS.some((first) => first.every((byte, n) => bytes[n] === byte))) throw new Error(WORKBOOK);
  const text = new TextDecoder(lettersOf(bytes)).decode(bytes);
  if (text.includes("\0")) throw new Error(BINARY);
  return text;
}

function lettersOf(bytes: Uint8Array): string {
  if (bytes[0] === 0xff && bytes[1] === 0xfe) return "utf-16le";
  if (bytes[0] === 0xfe && bytes[1] === 0xff) return "utf-16be";
  try {
    new TextDecoder("utf-8", { fatal: true }).decode(bytes);
    return "utf-8";
  } catch {
    return "windows-1252";
  }
}
