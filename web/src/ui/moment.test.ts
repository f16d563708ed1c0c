import { expect, test } from "vitest";
import { ago, clock, day, local } from "./moment";

const now = Date.parse("2026-05-05T12:00:00Z");

test.each([
  ["2026-05-05T11:59:58Z", "just now"],
  ["2026-05-05T12:00:03Z", "just now"],
  ["2026-05-05T12:00:20Z", "in a moment"],
  ["2026-05-05T11:56:00Z", "4 minutes ago"],
  ["2026-05-04T11:00:00Z", "yesterday"],
  ["2026-05-07T12:00:00Z", "in 2 days"],
])("%s is %s", (at, says) => expect(ago(at, now)).toBe(says));

test("instants in a sentence are the reader's", () => {
  const tokyo = new Intl.DateTimeFormat("en-GB", { dateStyle: "medium", timeStyle: "short", timeZone: "Asia/Tokyo" });
  expect(local("in since 2026-05-05T20:30:00Z, of v2 from 2026-05", tokyo)).toBe("in since 6 May 2026, 05:30, of v2 from 2026-05");
});

test("today's moments are told by the hour, others with their day", () => {
  const today = new Date(2026, 4, 5, 12);
  expect(clock(new Date(2026, 4, 5, 14, 5).toISOString(), today)).toBe("14:05");
  expect(clock(new Date(2026, 4, 6, 9, 0).toISOString(), today)).toBe("6 May, 09:00");
});

test("a day is the reader's", () => expect(day(new Date(2026, 4, 5, 0, 30).toISOString())).toBe("5 May 2026"));
