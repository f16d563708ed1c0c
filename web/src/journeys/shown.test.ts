import { expect, test } from "vitest";
import { saysCounts, type Counts } from "./shown";

const none: Counts = { step: "hello", kind: "send", waiting: 0, passed: 0, left: 0, sent: 0, opened: 0, clicked: 0, converted: 0, delivered: 0, dropped: 0, failed: 0, bounced: 0 };

test("what is nothing is left out", () => {
  expect(saysCounts(undefined)).toBe("Nobody yet");
  expect(saysCounts(none)).toBe("Nobody yet");
  expect(saysCounts({ ...none, waiting: 3, passed: 1200, sent: 1200, left: 2 })).toBe("3 waiting, 1,200 passed, 1,200 sent, 2 left");
});

test("messages that were not sent or failed are told in the place of who passed", () => {
  expect(saysCounts({ ...none, waiting: 3, passed: 1200, sent: 1158, dropped: 40, failed: 2 })).toBe("3 waiting, 1,158 sent, 40 not sent, 2 failed");
});
