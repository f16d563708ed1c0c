/**
 * What is pasted from a word processor, as it was meant: Word writes items of a list as paragraphs with a mark in front, Google Docs puts a
 * list between items. How words look stands in styles, which the page's policy lets nobody read but by another name.
 */

const SIGN = /^\s*[•·▪◦‣●○■]\s+/;
const NUMBER = /^[\s(]*(?:\d+|[a-z]{1,4})[.)]/i;

const LOOKS = [[/font-weight:\s*(bold|[6-9]00)\b/, "strong"], [/font-style:\s*italic\b/, "em"], [/text-decoration[\w-]*:[^;]*\bunderline\b/, "u"]] as const;

export function pasted(html: string): string {
  const { body } = new DOMParser().parseFromString(html.replace(/<[^>]*>/g, (tag) => tag.replace(/\sstyle(?=\s*=)/gi, " data-style")), "text/html");
  for (const each of body.querySelectorAll("b, strong, span")) looked(each);
  for (const list of body.querySelectorAll("ul > ul, ul > ol, ol > ul, ol > ol")) if (list.previousElementSibling?.tagName === "LI") list.previousElementSibling.append(list);
  for (const wrapper of body.querySelectorAll(".ListContainerWrapper + .ListContainerWrapper")) joined(wrapper);
  let open: { level: number; list: Element }[] = [];
  let last: Element | null = null;
  for (const paragraph of [...body.querySelectorAll("p")]) {
    const item = itemOf(paragraph);
    if (!item) continue;
    if (paragraph.previousElementSibling !== last) open = [];
    while (open.length && open.at(-1)!.level > item.level) open.pop();
    if (open.at(-1)?.level !== item.level) {
      const list = body.ownerDocument.createElement(item.numbered ? "ol" : "ul");
      const under = open.at(-1)?.list.lastElementChild;
      if (under) under.append(list);
      else paragraph.before(list);
      open.push({ level: item.level, list });
    }
    const row = body.ownerDocument.createElement("li");
    open.at(-1)!.list.append(row);
    row.append(paragraph);
    last = open[0]!.list;
  }
  return body.innerHTML;
}

/** The lines of a text as paragraphs, where some of them are items; null where none is. */
export function paragraphs(text: string): string | null {
  const lines = text.split(/\r?\n/).filter((line) => line.trim());
  if (!lines.some((line) => SIGN.test(line))) return null;
  return lines.map((line) => `<p>${line.replaceAll("&", "&amp;").replaceAll("<", "&lt;")}</p>`).join("");
}

/** Bold, italic and underlined by what they are, in place of a style. */
function looked(element: Element) {
  const style = styleOf(element);
  if (element.tagName !== "SPAN") {
    if (/font-weight:\s*(normal|400)\b/.test(style)) element.replaceWith(...element.childNodes);
    return;
  }
  for (const [said, tag] of LOOKS) {
    if (!said.test(style) || (tag === "u" && element.closest("a"))) continue;
    const made = element.ownerDocument.createElement(tag);
    made.append(...element.childNodes);
    element.append(made);
  }
}

/** Of a paragraph that is an item: how deep, and whether it has a number. Its mark is taken out. */
function itemOf(paragraph: Element): { level: number; numbered: boolean } | null {
  if (paragraph.closest("li")) return null;
  const level = /mso-list:[^;]*\blevel(\d+)/.exec(styleOf(paragraph))?.[1];
  const mark = [...paragraph.querySelectorAll("span")].find((span) => /mso-list:\s*ignore/i.test(styleOf(span)));
  if (level && mark) {
    const numbered = NUMBER.test(mark.textContent) && mark.textContent.trim() !== "o";
    mark.remove();
    return { level: Number(level), numbered };
  }
  const first = words(paragraph);
  if (!first || !SIGN.test(first.data + (first.nextSibling ? " " : ""))) return null;
  first.data = first.data.replace(/^\s*\S\s*/, "");
  return { level: 1, numbered: false };
}

const styleOf = (element: Element) => element.getAttribute("data-style") ?? "";

/** The first words in an element. */
function words(element: Element): Text | null {
  for (const node of element.childNodes) {
    if (node.nodeType === 3 && (node as Text).data.trim()) return node as Text;
    const found = node.nodeType === 1 ? words(node as Element) : null;
    if (found) return found;
  }
  return null;
}

function joined(wrapper: Element) {
  const list = wrapper.firstElementChild;
  const before = wrapper.previousElementSibling?.lastElementChild;
  if (!list || list.tagName !== before?.tagName) return;
  before.append(...list.children);
  list.replaceWith(...before.parentElement!.childNodes);
  wrapper.previousElementSibling!.remove();
}
