/** Lines of why something is so, as they begin on a page. Pure. */
import { capital } from "../api/quoted";

/** What a line that stands by itself says; rules are left as they are written, which stand further in. */
export function begins(words: string): string {
  return capital(words.replace(/^exit \(must not hold\):/, "leaves when:"));
}
