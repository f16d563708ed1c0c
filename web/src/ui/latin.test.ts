import { expect, test } from "vitest";
import { latin } from "./latin";

test.each([["Beta – Größe", "Beta – Grosse"], ["Überblick", "Uberblick"], ["Smørrebrød Łódź", "Smorrebrod Lodz"], ["Ελλάδα 2", "Ελλαδα 2"]])("%s is %s", (name, plain) => expect(latin(name)).toBe(plain));
