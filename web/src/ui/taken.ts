/** What a page shows, taken away as a file: figures as CSV, curves and bars as a picture. */

export type Cell = string | number;

/** What a table program reads: a line each, quotes where a cell needs them, and nothing that it would take for a formula. */
export function csv(lines: Cell[][]): string {
  const cell = (value: Cell) => {
    const text = typeof value === "string" && /^[=+\-@\t\r]/.test(value) ? `'${value}` : String(value);
    return /[",\r\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text;
  };
  return lines.map((line) => line.map(cell).join(",")).join("\n") + "\n";
}

/** What a file begins with, so that Excel does not take its letters for those of old Windows. */
export const UTF8 = "\ufeff";

export function saveCsv(name: string, lines: Cell[][]): void {
  save(`${name}.csv`, `data:text/csv;charset=utf-8,${encodeURIComponent(UTF8 + csv(lines))}`);
}

export interface Bar { label: string; value: number; says: string }
export interface Drawn { svg: string; width: number; height: number }

/** A bar for each row, as long as its part of the largest value; `ink`, `full` and `empty` are colours. */
export function bars(title: string, rows: Bar[], { ink, full, empty }: { ink: string; full: string; empty: string }): Drawn {
  const width = 1040, each = 34, top = 60, height = top + rows.length * each + 12;
  const most = Math.max(1, ...rows.map((row) => row.value));
  const words = (x: number, y: number, said: string, more = "") => `<text x="${x}" y="${y}" fill="${ink}" font-family="Helvetica, Arial, sans-serif" font-size="14" ${more}>${escaped(said)}</text>`;
  const drawn = rows.map((row, n) => {
    const y = top + n * each;
    return words(20, y + 17, cut(row.label, 52)) + `<rect x="420" y="${y + 5}" width="460" height="16" fill="${empty}"/><rect x="420" y="${y + 5}" width="${((460 * row.value) / most).toFixed(1)}" height="16" fill="${full}"/>` + words(1020, y + 17, row.says, 'text-anchor="end"');
  });
  return { width, height, svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width * 2}" height="${height * 2}" viewBox="0 0 ${width} ${height}">${words(20, 32, title, 'font-weight="bold"')}${drawn.join("")}</svg>` };
}

/** Save a drawing as PNG, twice as large as drawn, on the page's own ground. */
export async function savePicture(name: string, { svg, width, height }: Drawn): Promise<void> {
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(svg)}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = width * 2;
  canvas.height = height * 2;
  const context = canvas.getContext("2d")!;
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0, canvas.width, canvas.height);
  save(`${name}.png`, canvas.toDataURL("image/png"));
}

function save(name: string, url: string): void {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

const cut = (text: string, most: number) => (text.length > most ? `${text.slice(0, most - 1)}…` : text);

export function escaped(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll("<", "&lt;").replaceAll(">", "&gt;").replaceAll('"', "&quot;");
}
