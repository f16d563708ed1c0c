import { expect, it } from "vitest";
import { readable } from "./letters";

const bytes = (...of: number[]) => new Uint8Array(of).buffer;

it("reads what spreadsheets of each kind write", () => {
  expect(readable(new TextEncoder().encode("Zoë, 5 €").buffer as ArrayBuffer)).toBe("Zoë, 5 €");
  expect(readable(bytes(0x5a, 0x6f, 0xeb, 0x2c, 0x80))).toBe("Zoë,€");
  expect(readable(bytes(0xff, 0xfe, 0x5a, 0x00, 0xeb, 0x00))).toBe("Zë");
  expect(readable(bytes(0xfe, 0xff, 0x00, 0x5a, 0x00, 0xeb))).toBe("Zë");
});
