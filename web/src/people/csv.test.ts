import { describe, expect, it } from "vitest";
import { textOf } from "./csv";

const bytes = (...given: number[]) => Uint8Array.from(given);
const letters = (text: string) => [...text].map((each) => each.charCodeAt(0));

describe("the text of a CSV file", () => {
  it("is read as UTF-8, and as the old letters of Windows where it is none", () => {
    expect(textOf(new TextEncoder().encode("José;李"))).toBe("José;李");
    expect(textOf(bytes(...letters("Jos"), 0xe9, 0x3b, 0xdf))).toBe("José;ß");
  });

  it("is read as UTF-16 where it says so", () => {
    expect(textOf(bytes(0xff, 0xfe, 0x4a, 0x00, 0xe9, 0x00))).toBe("Jé");
    expect(textOf(bytes(0xfe, 0xff, 0x00, 0x4a, 0x00, 0xe9))).toBe("Jé");
  });

  it("is refused where it is a workbook, or no text at all", () => {
    expect(() => textOf(bytes(0x50, 0x4b, 0x03, 0x04, 0x14))).toThrow("Save it as CSV");
    expect(() => textOf(bytes(0xd0, 0xcf, 0x11, 0xe0))).toThrow("Save it as CSV");
    expect(() => textOf(bytes(0x61, 0x00, 0x62))).toThrow("no CSV file");
  });
});
