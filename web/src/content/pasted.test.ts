// @vitest-environment happy-dom
import { describe, expect, it } from "vitest";
import { paragraphs, pasted } from "./pasted";

const item = (level: number, mark: string, text: string) => `<p class="MsoListParagraph" style="text-indent:-18.0pt;mso-list:l0 level${level} lfo1"><!--[if !supportLists]--><span style="font-family:Symbol"><span style="mso-list:Ignore">${mark}<span>&nbsp;&nbsp; </span></span></span><!--[endif]-->${text}</p>`;
const bare = (html: string) => html.replace(/<!--.*?-->|<span[^>]*><\/span>|\s+(?:class|style|data-\w+)="[^"]*"/g, "").replace(/>\s+</g, "><");

describe("what is pasted", () => {
  it("has Word's lists as lists, one within the other, and leaves what is none", () => {
    const word = `<p class="MsoNormal">Before</p>\n${item(1, "·", "One")}\n${item(1, "·", "<b>Two</b>")}\n${item(2, "o", "Deep")}\n${item(1, "·", "Three")}\n<p>Between</p>\n${item(1, "1.", "First")}\n${item(1, "2.", "Second")}`;
    expect(bare(pasted(word)).trim()).toBe("<p>Before</p><ul><li><p>One</p></li><li><p><b>Two</b></p><ul><li><p>Deep</p></li></ul></li><li><p>Three</p></li></ul><p>Between</p><ol><li><p>First</p></li><li><p>Second</p></li></ol>");
  });
  it("reads how words look from styles, and does not take Google Docs' wrapper for bold", () => {
    const docs = '<b style="font-weight:normal;" id="docs-internal-guid-1"><ul><li><p><span style="font-weight:400;text-decoration:none">Plain</span></p></li><li><p><span style="font-weight:700;font-style:italic">Bold</span></p></li></ul></b>';
    expect(bare(pasted(docs)).replaceAll(/<\/?span>/g, "")).toBe("<ul><li><p>Plain</p></li><li><p><em><strong>Bold</strong></em></p></li></ul>");
    expect(pasted('<a href="x"><span style="text-decoration:underline">go</span></a>')).not.toContain("<u>");
  });
  it("has signs in front of lines as a list", () => {
    expect(pasted(paragraphs("Do:\n• one & two\n\n•\tthree\nDone - or not")!)).toBe("<p>Do:</p><ul><li><p>one &amp; two</p></li><li><p>three</p></li></ul><p>Done - or not</p>");
    expect(paragraphs("Nothing\nof a list")).toBeNull();
  });
  it("puts a list that stands between items into the one before, and makes one of Word Online's many", () => {
    expect(pasted("<ul><li>A</li><ul><li>B</li></ul><li>C</li></ul>")).toBe("<ul><li>A<ul><li>B</li></ul></li><li>C</li></ul>");
    const online = (text: string) => `<div class="ListContainerWrapper"><ul><li>${text}</li></ul></div>`;
    expect(bare(pasted(online("A") + online("B") + online("C")))).toBe("<div><ul><li>A</li><li>B</li><li>C</li></ul></div>");
  });
});
