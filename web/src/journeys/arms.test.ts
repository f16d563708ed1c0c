import { expect, test } from "vitest";
import { holdingOut } from "./arms";

test("a tenth is held out, and shares that were a hundred together stay so", () => {
  expect(holdingOut([{ share: 50, steps: [] }, { share: 50, name: "B" }])).toEqual([{ share: 45, steps: [] }, { share: 45, name: "B" }, { holdout: 10 }]);
  expect(holdingOut([{ share: 1 }, { share: 2 }])).toEqual([{ share: 1 }, { share: 2 }, { holdout: 0.33 }]);
  expect(holdingOut([{ share: 45 }, { share: 55 }])).toEqual([{ share: 45 }, { share: 55 }, { holdout: 11.11 }]);
});
