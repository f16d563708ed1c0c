/** A ramp in words: `1% for 1 hour, 10% for 1 day, 100%` is `1 % for 1 hour, 10 % for 1 day, then everybody`. */
export function sayRamp(stages: string): string {
  const parts = stages.split(",").map((stage) => stage.trim().replace("%", " %"));
  const byHand = parts.every((stage) => !stage.includes(" for "));
  const said = [...parts.slice(0, -1), parts.at(-1) === "100 %" ? "then everybody" : parts.at(-1)!].join(", ");
  return byHand ? `${said}: on each time somebody says so` : said;
}
