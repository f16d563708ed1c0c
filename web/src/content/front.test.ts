import { describe, expect, it } from "vitest";
import { said, say, split, withBody } from "./front";

const TEXT = `---
channel: email
subject: 'Welcome, {{ customer.first_name | default: "friend" }}'
# why it is so
preheader: Three things  # a comment
headers:
  X-A: one
---
<p>Hello</p>
`;

describe("front matter", () => {
  it("reads what stands there", () => {
    expect(said(TEXT, "subject")).toBe('Welcome, {{ customer.first_name | default: "friend" }}');
    expect(said(TEXT, "preheader")).toBe("Three things");
    expect(said(TEXT, "headers")).toBeNull();
    expect(said(TEXT, "topic")).toBeUndefined();
    expect(split(TEXT).body).toBe("<p>Hello</p>\n");
  });

  it("replaces one line and leaves every other byte", () => {
    const made = say(TEXT, "preheader", "Two things");
    expect(made).toBe(TEXT.replace("preheader: Three things  # a comment", "preheader: Two things"));
    expect(say(TEXT, "layout", "base")).toBe(TEXT.replace("channel: email\n", "channel: email\nlayout: base\n"));
    expect(say(TEXT, "preheader", "")).toBe(TEXT.replace("preheader: Three things  # a comment\n", ""));
    expect(withBody(TEXT, "x")).toBe(TEXT.replace("<p>Hello</p>\n", "x"));
  });

  it("begins front matter where there is none, and takes none away with it", () => {
    expect(say("Hello", "subject", "Hi")).toBe("---\nsubject: Hi\n---\nHello");
    expect(say("Hello", "subject", "")).toBe("Hello");
  });

  it("reads back whatever is said", () => {
    const values = [
      "Hi", "Hi: you", 'say "yes"', "it's", "#1", "a # b", "true story", "yes", "12", "-", "{{ x }}", "{% if x %}a{% endif %} b", "Hi {{ x | append: \"#\" }} # b",
      "back\\slash", "  spaced ", "a: {{ b }}", "[Test] x", "tab\there", "100% {{ x }}", "Ünïcode – ok", "'{{ x }}'", "@you", "line\nbreak", "{ not liquid }",
    ];
    for (const value of values) expect(said(say(TEXT, "subject", value), "subject")).toBe(value);
  });
});
