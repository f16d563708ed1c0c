import { expect, test } from "vitest";
import { readSchedule, saySchedule } from "./schedule";

test.each([
  "every day at 09:00", "every weekday at 18:30", "every monday at 09:00", "every monday and friday at 09:00", "every monday, tuesday and friday at 09:00",
  "every month on the 1st at 08:30", "every month on the 12th at 08:30", "every month on the 23rd at 08:30", "every month on the last day at 08:30", "on 2026-12-01 at 10:00",
])("%s is asked for field by field, and said as it was", (text) => {
  const read = readSchedule(text);
  expect(read.way).not.toBe("words");
  expect(saySchedule(read)).toBe(text);
});

test("what is said otherwise stays text", () => {
  expect(readSchedule("FREQ=WEEKLY;BYDAY=MO").way).toBe("words");
  expect(readSchedule("every 2 weeks on monday at 09:00").way).toBe("words");
});
