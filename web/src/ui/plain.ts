/** A value of JSON as people read it: lists with commas, and what has parts line by line. */
export const plain = (value: unknown): string => lines(value).join("\n");

/** The value to the letter, for whoever rests on it; nothing where it reads the same. */
export const exact = (value: unknown): string | undefined => (value !== null && typeof value === "object" ? JSON.stringify(value) : undefined);

function lines(value: unknown): string[] {
  if (value === null || typeof value !== "object") return [typeof value === "string" ? value : JSON.stringify(value ?? null)];
  if (Array.isArray(value)) return value.every(isOne) ? [value.length ? value.map((each) => lines(each)[0]).join(", ") : NONE] : value.flatMap((each) => lines(each).map((line, n) => `${n ? "  " : "- "}${line}`));
  const pairs = Object.entries(value);
  return pairs.length ? pairs.flatMap(([key, own]) => within(key, own)) : [NONE];
}

function within(key: string, value: unknown): string[] {
  const own = typeof value === "string" ? value.split("\n") : lines(value);
  return own.length === 1 && (isOne(value) || Array.isArray(value) || own[0] === NONE) ? [`${key}: ${own[0]}`] : [`${key}:`, ...own.map((line) => `  ${line}`)];
}

const NONE = "none";
const isOne = (value: unknown) => value === null || typeof value !== "object";
