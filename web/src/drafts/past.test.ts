import { expect, it } from "vitest";
import { SAME, begin, edit, redo, undo } from "./past";

it("goes back and forth, and forgets what was undone when something else is done", () => {
  let history = edit(edit(begin("a"), "b", "", 0), "c", "", 0);
  expect(undo(history).now).toBe("b");
  expect(redo(undo(history)).now).toBe("c");
  expect(undo(undo(undo(history))).now).toBe("a");
  history = edit(undo(history), "d", "", 0);
  expect(redo(history).now).toBe("d");
  expect(undo(history).now).toBe("b");
});

it("takes what is only put into its form as no step", () => {
  const typed = edit(begin("a"), "b  b", "rule", 0);
  expect(undo(edit(typed, "b b", SAME, 9000)).now).toBe("a");
  expect(redo(edit(undo(typed), "A", SAME, 9000)).now).toBe("b  b");
});

it("takes what is typed in one field soon after another as one step", () => {
  const typed = edit(edit(edit(begin(""), "w", "wait", 100), "we", "wait", 300), "web", "wait", 500);
  expect(undo(typed).now).toBe("");
  expect(undo(edit(typed, "webs", "wait", 9000)).now).toBe("web");
  expect(undo(edit(typed, "webs", "name", 600)).now).toBe("web");
});
