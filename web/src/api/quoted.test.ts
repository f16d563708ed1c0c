import { expect, test } from "vitest";
import { quoted, saysFlaw } from "./quoted";

test("what stands between backticks is quoted as people do, and nothing else changes", () => {
  expect(quoted("there is no template `spring` in `news`")).toBe("there is no template “spring” in “news”");
  expect(quoted("a ` alone")).toBe("a ` alone");
  expect(quoted("in backticks: `` `favourite colour` ``")).toBe("in backticks: “`favourite colour`”");
});

test("a flaw says what would be right where that is known", () => {
  expect(saysFlaw({ message: "`at` is text", hint: "write `at: 9`" })).toBe("“at” is text; write “at: 9”");
  expect(saysFlaw({ message: "it is empty", hint: "" })).toBe("It is empty");
});
