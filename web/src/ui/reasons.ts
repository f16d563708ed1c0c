/** Lines of why something is so, as they begin on a page. Pure. */

/** What a line that stands by itself says; rules are left as they are written, which stand further in. */
export function begins(words: string): string {
  const said = words.replace(/^exit \(must not hold\):/, "leaves when:");
  return said.charAt(0).toUpperCase() + said.slice(1);
}
