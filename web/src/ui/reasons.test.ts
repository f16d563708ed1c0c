import { expect, test } from "vitest";
import { begins } from "./reasons";

test("a line that stands by itself begins with a capital, and the exit says that they leave", () => {
  expect(begins("exit (must not hold):")).toBe("Leaves when:");
  expect(begins("audience:")).toBe("Audience:");
  expect(begins('it starts from "Signed Up"; no "Signed Up" is known of this person')).toBe('It starts from "Signed Up"; no "Signed Up" is known of this person');
  expect(begins('"Signed Up" at 14:05')).toBe('"Signed Up" at 14:05');
});
