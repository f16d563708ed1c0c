/** Groups of clauses inside each other, and around each clause what can be done with it. Alt with an arrow key moves a clause. */
import { ActionIcon, Button, Menu, Select } from "@mantine/core";
import { IconBolt, IconCode, IconDots, IconFilter, IconFolders, IconMail, IconPlus, IconTag, IconUsersGroup } from "@tabler/icons-react";
import clsx from "clsx";
import type { KeyboardEvent } from "react";
import { ClauseFields } from "./ClauseFields";
import { group, isGroup, leaf, type Clause, type Group, type Leaf, type Node } from "./sketch";
import { SpeaksOf, useSpeaks, type Scope } from "./words";
import styles from "./Builder.module.css";

export interface Edits {
  /** Puts another node (or nodes, or none) in the place of one. */
  change: (key: string, by: (node: Node) => Node | Node[] | null) => void;
  move: (key: string, by: -1 | 1) => void;
  /** Adds a node to a group and goes there. */
  add: (group: string, node: Node) => void;
  remove: (key: string) => void;
  copy: (key: string) => void;
}

const KINDS = [
  { says: "Something they are", icon: IconTag, make: () => leaf({ clause: "compare", path: [""], operator: "=", value: "" }), of: ["person"] },
  { says: "A property of it", icon: IconTag, make: () => leaf({ clause: "compare", path: [""], operator: "=", value: "" }), of: ["event", "group"] },
  { says: "Something they did", icon: IconBolt, make: () => leaf({ clause: "did", event: "", kind: "track", bound: "at least", times: 1 }), of: ["person"] },
  { says: "What became of a message", icon: IconMail, make: () => leaf({ clause: "message", verb: "opened", channel: "email", bound: "at least", times: 1 }), of: ["person"] },
  { says: "A segment they are in", icon: IconFilter, make: () => leaf({ clause: "in_segment", segment: "" }), of: ["person"] },
  { says: "A group they belong to", icon: IconUsersGroup, make: () => leaf({ clause: "in_group", type: "company" }), of: ["person"] },
  { says: "Several conditions together", icon: IconFolders, make: () => group([blank()], "any"), of: ["person", "event", "group"] },
  { says: "Written as text", icon: IconCode, make: () => leaf({ clause: "text", text: "" }), of: ["person", "event", "group"] },
] as const;

export const blank = (): Leaf => leaf({ clause: "compare", path: [""], operator: "=", value: "" });
const JOINS = [{ value: "all", label: "all" }, { value: "any", label: "any" }, { value: "none", label: "none" }, { value: "not all", label: "not all" }];
const joinOf = ({ join, not }: Group) => (not ? (join === "any" ? "none" : "not all") : join);
const withJoin = (of: Group, to: string): Group => ({ ...of, join: to === "any" || to === "none" ? "any" : "all", not: to === "none" || to === "not all" });

export function GroupBox({ node, edits, depth, said, bare = depth === 0 }: { node: Group; edits: Edits; depth: number; said: string; bare?: boolean }) {
  const { scope, readOnly, wrong } = useSpeaks();
  const fault = wrong.get(node.key);
  return (
    <div className={clsx(styles.group, depth > 0 && styles.nested, node.not && styles.opposite)} role="group" aria-label={said}>
      {(node.of.length > 1 || !bare || node.not) && (
        <div className={styles.head}>
          <Select aria-label="How the conditions are joined" size="xs" w={92} readOnly={readOnly} value={joinOf(node)} data={JOINS} onChange={(to) => to && edits.change(node.key, (now) => withJoin(now as Group, to))} />
          <span>of these {node.not ? "(turned around)" : "hold"}</span>
          {depth > 0 && !readOnly && <Doing node={node} edits={edits} what="group" />}
        </div>
      )}
      {fault && <div className={styles.wrong} role="alert">{fault}</div>}
      <ul className={styles.clauses}>
        {node.of.map((each) => (
          <li key={each.key} data-node={each.key}>
            {isGroup(each) ? <div className={styles.row}><GroupBox node={each} edits={edits} depth={depth + 1} said={`Group: ${joinOf(each)} of these`} /></div> : <ClauseRow node={each} edits={edits} depth={depth} />}
          </li>
        ))}
      </ul>
      {!readOnly && (
        <div>
          <Menu position="bottom-start">
            <Menu.Target><Button size="compact-sm" variant="subtle" leftSection={<IconPlus size={14} />} data-add={node.key}>Add condition</Button></Menu.Target>
            <Menu.Dropdown>
              {KINDS.filter((kind) => (kind.of as readonly string[]).includes(scope.over)).map(({ says, icon: Icon, make }) => (
                <Menu.Item key={says} leftSection={<Icon size={15} />} onClick={() => edits.add(node.key, make())}>{says}</Menu.Item>
              ))}
            </Menu.Dropdown>
          </Menu>
        </div>
      )}
    </div>
  );
}

const ICONS: Record<string, typeof IconTag> = { did: IconBolt, message: IconMail, in_segment: IconFilter, in_group: IconUsersGroup, text: IconCode };
const WHERE = ["did", "message", "in_group"];

function ClauseRow({ node, edits, depth }: { node: Leaf; edits: Edits; depth: number }) {
  const speaks = useSpeaks();
  const { clause } = node;
  const own = speaks.own.get(node.key) ?? node.own ?? "";
  const fault = speaks.wrong.get(node.key);
  const Icon = ICONS[clause.clause] ?? IconTag;
  const change = (part: Partial<Leaf>) => edits.change(node.key, (now) => ({ ...(now as Leaf), ...part, own: null }));
  const move = (event: KeyboardEvent) => {
    const by = event.key === "ArrowUp" ? -1 : event.key === "ArrowDown" ? 1 : 0;
    if (!by || !event.altKey || speaks.readOnly) return;
    event.preventDefault();
    event.stopPropagation();
    edits.move(node.key, by);
  };
  return (
    <div className={styles.row} role="group" aria-label={own || "New condition"} data-wrong={fault ? true : undefined} onKeyDown={move}>
      <div className={styles.line}>
        <Icon size={15} className={styles.icon} aria-hidden />
        <div className={styles.fields}>
          <ClauseFields leaf={node} change={change} />
          {WHERE.includes(clause.clause) && !node.where && !speaks.readOnly && <Button size="compact-xs" variant="subtle" onClick={() => change({ where: group([blank()]) })}>where…</Button>}
        </div>
        {!speaks.readOnly && <Doing node={node} edits={edits} what="condition" />}
      </div>
      {node.where && (
        <div className={styles.where}>
          <SpeaksOf.Provider value={{ ...speaks, scope: within(clause) }}>
            <div className={styles.head}>where</div>
            <GroupBox node={node.where} edits={edits} depth={depth + 1} said="where" bare />
          </SpeaksOf.Provider>
        </div>
      )}
      {own && clause.clause !== "text" && <div className={styles.own}>{own}</div>}
      {fault && <div className={styles.wrong} role="alert">{fault}</div>}
    </div>
  );
}

function within(clause: Clause): Scope {
  if (clause.clause === "in_group") return { over: "group", type: clause.type ?? "" };
  if (clause.clause === "message") return { over: "event" };
  return { over: "event", kind: clause.kind ?? "track", name: clause.event };
}

/** What can be done with a clause or a group. */
function Doing({ node, edits, what }: { node: Node; edits: Edits; what: string }) {
  const { own } = useSpeaks();
  const words = own.get(node.key) ?? "";
  return (
    <Menu position="bottom-end">
      <Menu.Target><ActionIcon size="sm" mt={3} variant="subtle" color="gray" aria-label={`What to do with this ${what}`}><IconDots size={15} /></ActionIcon></Menu.Target>
      <Menu.Dropdown>
        <Menu.Item onClick={() => edits.change(node.key, (now) => (isGroup(now) ? { ...now, not: !now.not } : { ...now, not: !now.not, own: null }))} disabled={!isGroup(node) && node.clause.clause === "text"}>Turn around</Menu.Item>
        <Menu.Item onClick={() => edits.copy(node.key)}>Duplicate</Menu.Item>
        <Menu.Item onClick={() => edits.move(node.key, -1)} rightSection={<kbd>Alt ↑</kbd>}>Move up</Menu.Item>
        <Menu.Item onClick={() => edits.move(node.key, 1)} rightSection={<kbd>Alt ↓</kbd>}>Move down</Menu.Item>
        <Menu.Item onClick={() => edits.change(node.key, (now) => group([now, blank()], "any"))}>Put into a group</Menu.Item>
        {isGroup(node) && !node.not && <Menu.Item onClick={() => edits.change(node.key, (now) => (now as Group).of)}>Take out of its group</Menu.Item>}
        {words && (isGroup(node) || node.clause.clause !== "text") && <Menu.Item onClick={() => edits.change(node.key, () => leaf({ clause: "text", text: words }))}>Write as text</Menu.Item>}
        <Menu.Divider />
        <Menu.Item color="red" onClick={() => edits.remove(node.key)}>Remove</Menu.Item>
      </Menu.Dropdown>
    </Menu>
  );
}
