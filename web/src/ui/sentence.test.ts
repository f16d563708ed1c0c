import { expect, test } from "vitest";
import { sentence } from "./sentence";

test("a fault and its hint read as two sentences", () => {
  expect(sentence("a password is only sent over TLS", "choose “tls”")).toBe("A password is only sent over TLS. Choose “tls”.");
  expect(sentence("Is it on?", "")).toBe("Is it on?");
});
