import { expect, it } from "vitest";
import { meantAddress } from "./address";

it("completes an address that people say without how it is reached, and no other", () => {
  expect(meantAddress(" shop.com/sale?a=1 ")).toBe("https://shop.com/sale?a=1");
  expect(meantAddress("shop.com")).toBe("https://shop.com");
  for (const whole of ["https://shop.com", "mailto:ada@shop.com", "{{ event.url }}", "#top", "", "sale"]) expect(meantAddress(whole)).toBe(whole);
});
