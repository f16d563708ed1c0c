/** What is to be pasted: the key and the address stand in each, and libraries for phones are offered to public keys alone. */
import { describe, expect, it } from "vitest";
import { snippets } from "./snippets";

const URL = "https://tidings.example.com";

describe("snippets", () => {
  it("hold the key and the address, and nothing else of either", () => {
    for (const [kind, isPublic, key] of [["write_key", true, "pk123"], ["write_key", false, "sk123"], ["track", false, "site:key"]] as const) {
      for (const each of snippets(kind, isPublic, key, URL)) {
        for (const part of key.split(":")) expect(each.code, each.name).toContain(part);
        expect(each.code, each.name).toContain("tidings.example.com");
      }
    }
  });
  it("give phones the host without its protocol where the library adds it", () => {
    const all = Object.fromEntries(snippets("write_key", true, "pk", URL).map((each) => [each.name, each.code]));
    for (const name of ["iOS", "Android", "Flutter"]) {
      expect(all[name]).toContain("tidings.example.com/v1");
      expect(all[name]).not.toContain("https://tidings");
    }
    expect(all["React Native"]).toContain("cdnProxy: 'https://tidings.example.com/v1'");
  });
  it("say where a library can't reach this address", () => {
    const local = snippets("write_key", true, "pk", "http://127.0.0.1:8000");
    expect(local.filter((each) => each.about.includes("https addresses only")).map((each) => each.name)).toEqual(["iOS", "Android", "Flutter"]);
  });
  it("let a page keep Segment's snippet where the library can tell by itself where it came from", () => {
    const about = (url: string) => snippets("write_key", true, "pk", url)[0]!.about;
    expect(about(URL)).toContain(`${URL} in place of https://cdn.segment.com`);
    expect(about("http://127.0.0.1:8000")).not.toContain("segment.com");
  });
  it("are offered for phones to public keys alone", () => {
    expect(snippets("write_key", false, "sk", URL).map((each) => each.name)).not.toContain("iOS");
  });
});
