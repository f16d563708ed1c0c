/** A text of a message as it reads, made of elements that are known to do nothing; Liquid stands in it as chips. */
import { createElement, Fragment, type ReactNode } from "react";
import { label, mask, value } from "./words";

const ALLOWED = new Set(["P", "STRONG", "B", "EM", "I", "U", "S", "UL", "OL", "LI", "BR", "SPAN", "SMALL", "SUB", "SUP", "H1", "H2", "H3"]);

export function Chip({ liquid, known }: { liquid: string; known: (path: string) => string | undefined }) {
  const now = value(liquid, known);
  return <span className={liquid.startsWith("{%") ? "chip chip-tag" : "chip"} title={now ? `${liquid}\nreads: ${now}` : liquid}>{label(liquid)}{now && <i>{now}</i>}</span>;
}

export function Shown({ content, known }: { content: string; known: (path: string) => string | undefined }) {
  const { html, pieces } = mask(content);
  const body = new DOMParser().parseFromString(html, "text/html").body;
  return <>{[...body.childNodes].map((node, n) => <Fragment key={n}>{shown(node, pieces, known)}</Fragment>)}</>;
}

function shown(node: ChildNode, pieces: string[], known: (path: string) => string | undefined): ReactNode {
  if (node.nodeType === Node.TEXT_NODE) {
    return (node.textContent ?? "").split(/(\uE000\d+\uE001)/).map((part, n) => {
      const mark = /^\uE000(\d+)\uE001$/.exec(part);
      return mark ? <Chip key={n} liquid={pieces[Number(mark[1])] ?? ""} known={known} /> : part;
    });
  }
  if (node.nodeType !== Node.ELEMENT_NODE) return null;
  const element = node as Element;
  const inner = [...element.childNodes].map((child, n) => <Fragment key={n}>{shown(child, pieces, known)}</Fragment>);
  if (element.tagName === "BR") return <br />;
  if (element.tagName === "A") return <span className="design-link">{inner}</span>;
  return ALLOWED.has(element.tagName) ? createElement(/^H\d/.test(element.tagName) ? "strong" : element.tagName.toLowerCase(), null, ...inner) : inner;
}
