/**
 * A rule as the builder holds it: groups of clauses, made from the server's tree and given back as a sketch. Pure.
 *
 * A clause that nobody touched keeps its own text and is sent back as that, so drawing beside it changes no letter of it. What the builder
 * can't draw is a clause of text too, and never dropped.
 */
export type Value = string | number | boolean;
export type Window = { window: "within"; duration: number } | { window: "since"; time: number } | { window: "between"; start: number; end: number } | { window: "since_entry" };
export type Moment = { moment: "at"; time: number } | { moment: "from_now"; offset?: number };
export type Bound = "at least" | "at most" | "exactly";

/** A clause of the tree as the server says it; the fields depend on `clause`. `where` is held apart, as a group. */
export interface Clause {
  clause: string;
  path?: string[];
  operator?: string;
  value?: Value;
  values?: Value[];
  text?: string;
  pattern?: string;
  moment?: Moment;
  duration?: number;
  direction?: "ago" | "from now";
  event?: string;
  kind?: "track" | "page" | "screen";
  verb?: string;
  channel?: string;
  template?: string | null;
  bound?: Bound;
  times?: number;
  window?: Window | null;
  segment?: string;
  type?: string;
}

export interface Leaf {
  key: string;
  not: boolean;
  clause: Clause;
  where: Group | null;
  /** Its words (with its `not`) while nobody has touched it. */
  own: string | null;
}

export interface Group {
  key: string;
  join: "all" | "any";
  not: boolean;
  of: Node[];
}

export type Node = Leaf | Group;
type Tree = Record<string, unknown> & { clause: string };

export const isGroup = (node: Node): node is Group => "join" in node;

let last = 0;
const fresh = () => `c${++last}`;

export const group = (of: Node[] = [], join: "all" | "any" = "all", not = false): Group => ({ key: fresh(), join, not, of });
export const leaf = (clause: Clause, where: Group | null = null, not = false, own: string | null = null): Leaf => ({ key: fresh(), not, clause, where, own });

/** Makes the builder's form of a tree. `words`: each clause's own text by its way, as the server gives them. The whole is always a group. */
export function fromTree(tree: unknown, words: Map<string, string>): Group {
  const made = read(tree as Tree, "", words);
  return isGroup(made) ? made : group([made]);
}

const DRAWN = ["compare", "one_of", "contains", "starts_with", "ends_with", "matches", "present", "missing", "before", "after", "near", "anniversary", "did", "message", "in_segment", "in_group"];

function read(tree: Tree, way: string, words: Map<string, string>): Node {
  const inside = (step: string) => (way ? `${way}.${step}` : step);
  const own = words.get(way) ?? null;
  if (tree.clause === "all" || tree.clause === "any") return group((tree.of as Tree[]).map((each, n) => read(each, inside(`of.${n}`), words)), tree.clause);
  if (tree.clause === "not") {
    const inner = read(tree.rule as Tree, inside("rule"), words);
    if (isGroup(inner)) return inner.not ? text(own) : { ...inner, not: true };
    return inner.not || inner.clause.clause === "text" ? text(own) : { ...inner, not: true, own };
  }
  if (!DRAWN.includes(tree.clause) || unsafe(tree.value) || (Array.isArray(tree.values) && tree.values.some(unsafe))) return text(own);
  const { where, ...clause } = tree;
  const within = where ? read(where as Tree, inside("where"), words) : null;
  return leaf(clause as unknown as Clause, within && (isGroup(within) ? within : group([within])), false, own);
}

/** A whole number that a browser would change. */
const unsafe = (value: unknown) => typeof value === "number" && Math.abs(value) > Number.MAX_SAFE_INTEGER;

const text = (words: string | null): Leaf => leaf({ clause: "text", text: words ?? "" }, null, false, null);

export interface Sketched {
  sketch: Record<string, unknown>;
  /** The key of the clause that each way of the sketch leads to. */
  keys: Map<string, string>;
}

/** Gives the sketch that the server prints. A group of one is that one, in the text; here it stays a group. */
export function toSketch(root: Group): Sketched {
  const keys = new Map<string, string>();
  return { sketch: write(root, "", keys), keys };
}

function write(node: Node, way: string, keys: Map<string, string>): Record<string, unknown> {
  const inside = (from: string, step: string) => (from ? `${from}.${step}` : step);
  keys.set(way, node.key);
  if (!isGroup(node) && node.own !== null) return { clause: "text", text: node.own };
  const at = node.not ? inside(way, "rule") : way;
  keys.set(at, node.key);
  const plain = isGroup(node)
    ? { clause: node.join, of: node.of.map((each, n) => write(each, inside(at, `of.${n}`), keys)) }
    : { ...node.clause, ...(node.where && { where: write(node.where, inside(at, "where"), keys) }) };
  return node.not ? { clause: "not", rule: plain } : plain;
}

/** The node a way leads to, or the nearest around it. */
export function keyAt(keys: Map<string, string>, way: string): string {
  for (let steps = way.split("."); ; steps = steps.slice(0, -1)) {
    const found = keys.get(steps.join("."));
    if (found || !steps.length) return found ?? "";
  }
}

/** The ways of the printed tree with the node each leads to; a group of one is not in it, so its way leads to the one inside. */
export function printed(root: Group): [way: string, key: string][] {
  const found: [string, string][] = [];
  const walk = (node: Node, way: string) => {
    const inside = (from: string, step: string) => (from ? `${from}.${step}` : step);
    found.push([way, node.key]);
    const at = node.not ? inside(way, "rule") : way;
    if (node.not) found.push([at, node.key]);
    if (!isGroup(node)) {
      if (node.where) walk(node.where, inside(at, "where"));
    } else if (node.of.length === 1) walk(node.of[0]!, at);
    else node.of.forEach((each, n) => walk(each, inside(at, `of.${n}`)));
  };
  walk(root, "");
  return found;
}

/** Each node's words by its key. */
export function spoken(root: Group, words: Map<string, string>): Map<string, string> {
  return new Map(printed(root).reverse().flatMap(([way, key]) => (words.has(way) ? [[key, words.get(way)!] as [string, string]] : [])));
}

/** Changes the node of a key; `null` removes it. Whatever stands around it is no longer its old text. */
export function changed(root: Group, key: string, by: (node: Node) => Node | Node[] | null): Group {
  const visit = (node: Node): Node[] => {
    if (node.key === key) {
      const made = by(node);
      return made === null ? [] : Array.isArray(made) ? made : [made];
    }
    if (isGroup(node)) {
      const of = node.of.flatMap(visit);
      return [of.length === node.of.length && of.every((each, n) => each === node.of[n]) ? node : { ...node, of }];
    }
    if (!node.where) return [node];
    const [where] = visit(node.where);
    if (where === node.where) return [node];
    return [{ ...node, own: null, where: where && isGroup(where) && where.of.length ? where : null }];
  };
  const [made] = visit(root);
  return made && isGroup(made) ? made : group();
}

/** Moves a node among its neighbours. */
export function moved(root: Group, key: string, by: -1 | 1): Group {
  const inside = (of: Node[]): Node[] => {
    const at = of.findIndex((each) => each.key === key);
    if (at < 0) return of;
    const to = at + by;
    if (to < 0 || to >= of.length) return of;
    const next = [...of];
    [next[at], next[to]] = [next[to]!, next[at]!];
    return next;
  };
  const around = parentOf(root, key);
  return around ? changed(root, around.key, (node) => ({ ...(node as Group), of: inside((node as Group).of) })) : root;
}

export function parentOf(root: Group, key: string): Group | null {
  for (const node of root.of) {
    if (node.key === key) return root;
    const within = isGroup(node) ? node : node.where;
    const found = within && parentOf(within, key);
    if (found) return found;
  }
  return null;
}

/** The same again, with keys of its own. */
export function copied<T extends Node>(node: T): T {
  if (isGroup(node)) return { ...node, key: fresh(), of: node.of.map(copied) };
  return { ...(node as Leaf), key: fresh(), where: (node as Leaf).where && copied((node as Leaf).where!) } as T;
}
