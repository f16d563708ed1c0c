/** A block, or a row of them, as it is drawn. Each is drawn anew when it is changed itself, or begins or ends to be chosen: not with each key. */
import { IconGripVertical } from "@tabler/icons-react";
import { lazy, memo, Suspense, type CSSProperties, type DragEvent, type FocusEvent, type KeyboardEvent, type MouseEvent, type RefObject } from "react";
import type { Variable } from "./Code";
import { find, type Node } from "./blocks";
import type { Block, Row } from "./mjml";
import { Shown } from "./Shown";
import { filled } from "./words";

const Words = lazy(() => import("./Words").then((module) => ({ default: module.Words })));

export const CALLED: Record<Node["kind"], string> = { heading: "Heading", text: "Text", image: "Image", button: "Button", divider: "Line", spacer: "Space", html: "HTML", code: "Code", row: "Row", column: "Column" };

/** Before or behind which node something would be dropped. */
export interface Over { key: number; side: "before" | "after" }
/** What a drawn node is asked to do. */
export interface Acts {
  choose: (key: number) => void;
  press: (event: KeyboardEvent<HTMLElement>, key: number) => void;
  hover: (event: DragEvent<HTMLElement>, key: number) => void;
  drop: (event: DragEvent<HTMLElement>, key: number, kind: Node["kind"]) => void;
  write: (key: number, content: string) => void;
}
/** `chosen` and `over`: what of this is, 0 and null where something else is. `turn` grows where words are set from elsewhere. */
interface Drawn { chosen: number; over: Over | null; readOnly: boolean; turn: number; variables: readonly Variable[]; known: Known; acts: RefObject<Acts> }

export const CARRIED = "text/tidings-block";

const written = (node: Node | null) => node?.kind === "text" || node?.kind === "heading";

function frame(node: Node, name: string, { chosen, over, readOnly, acts }: Drawn, moves: boolean) {
  return {
    "data-key": node.key, "data-chosen": node.key === chosen || undefined, "data-over": over?.key === node.key ? over.side : undefined,
    role: "group", tabIndex: 0, "aria-label": name, draggable: moves && !readOnly,
    onKeyDown: (event: KeyboardEvent<HTMLElement>) => acts.current.press(event, node.key),
    // by keys alone: a block that is changed between press and release of the mouse would lose the click
    onFocus: (event: FocusEvent) => { if (event.target === event.currentTarget && event.target.matches(":focus-visible")) acts.current.choose(node.key); },
    onClick: (event: MouseEvent) => { event.stopPropagation(); acts.current.choose(node.key); },
    onDragStart: (event: DragEvent) => {
      event.stopPropagation();
      event.dataTransfer.setData(CARRIED, String(node.key));
      event.dataTransfer.setDragImage(event.currentTarget, 12, 12);
      event.dataTransfer.effectAllowed = "move";
    },
    onDragOver: (event: DragEvent<HTMLElement>) => acts.current.hover(event, node.key),
    onDrop: (event: DragEvent<HTMLElement>) => acts.current.drop(event, node.key, node.kind),
  };
}

/** Moves by the mouse wherever it is taken hold of; one whose words are being written, by its grip. */
export const BlockView = memo(function BlockView({ block, ...drawn }: Drawn & { block: Block }) {
  const { chosen, readOnly, turn, variables, known, acts } = drawn;
  const writes = block.key === chosen && !readOnly && written(block);
  const called = CALLED[block.kind];
  return (
    <div className="design-node design-block" style={boxed(block, known)} {...frame(block, `${called}${block.condition ? ", only sometimes" : ""}`, drawn, !writes)}>
      {block.condition && <span className="design-if">if {block.condition}</span>}
      {writes ? (
        <Suspense fallback={<Shown content={block.content} known={known} />}>
          <span className="design-grip" title="Drag to move" draggable aria-hidden><IconGripVertical size={16} /></span>
          <Words key={turn} content={block.content} label={`Words of the ${called.toLowerCase()}`} variables={variables} known={known} onChange={(content) => acts.current.write(block.key, content)} />
        </Suspense>
      ) : <Look block={block} known={known} />}
    </div>
  );
});

export const RowView = memo(function RowView({ row, ...drawn }: Drawn & { row: Row }) {
  const { chosen, over, known } = drawn;
  const within = { rows: [row] };
  const of = (key: number): Drawn => ({ ...drawn, chosen: key === chosen ? chosen : 0, over: over?.key === key ? over : null });
  return (
    <div className="design-node design-row" style={{ background: paint(row.attributes["background-color"], known) ?? "#fff", borderRadius: row.attributes["border-radius"] }}
      {...frame(row, `Row of ${row.columns.length === 1 ? "one column" : `${row.columns.length} columns`}`, drawn, !(chosen && written(find(within, chosen))))}>
      {row.condition && <span className="design-if">if {row.condition}</span>}
      {row.columns.map((column) => (
        <div key={column.key} className="design-column" style={{ background: paint(column.attributes["background-color"], known), flexBasis: column.attributes.width }}>
          {column.blocks.map((block) => <BlockView key={block.key} block={block} {...of(block.key)} />)}
          {column.blocks.length === 0 && <div className="design-node design-empty" {...frame(column, "Empty column", drawn, false)}>Drop something here</div>}
        </div>
      ))}
    </div>
  );
});

export type Known = (path: string) => string | undefined;

export function paint(value: string | undefined, known: Known): string | undefined {
  const colour = value && filled(value, known);
  return colour && /^(#[0-9a-f]{3,8}|[a-z]+|rgba?\([\d., %]+\))$/i.test(colour) ? colour : undefined;
}

function boxed(block: Block, known: Known): CSSProperties {
  const of = block.attributes;
  const heading = { 1: 26, 2: 20, 3: 17 }[block.level];
  return {
    padding: of.padding, background: paint(of["container-background-color"], known), color: paint(of.color, known),
    fontSize: of["font-size"] ?? heading, fontWeight: of["font-weight"] ?? (heading ? 700 : undefined), lineHeight: of["line-height"] ?? (heading ? 1.3 : undefined),
    textAlign: (of.align ?? (block.kind === "button" || block.kind === "image" ? "center" : "left")) as CSSProperties["textAlign"],
  };
}

function Look({ block, known }: { block: Block; known: Known }) {
  const of = block.attributes;
  switch (block.kind) {
    case "text": case "heading": return <Shown content={block.content} known={known} />;
    case "button": return <span className="design-button" style={{ background: paint(of["background-color"], known) ?? paint("{{ brand.accent }}", known), color: paint(of.color, known), borderRadius: of["border-radius"], fontSize: of["font-size"] }}><Shown content={block.content} known={known} /></span>;
    case "image": {
      // only our own pictures are loaded into the app, and by their path, wherever mail loads them from
      const own = /^https?:\/\/[^/]+(\/a\/[0-9a-f]{40}\/[\w.%-]+)$/.exec(filled(of.src ?? "", known))?.[1];
      if (own) return <img className="design-picture" src={own} alt={of.alt ?? ""} style={{ width: of.width, borderRadius: of["border-radius"] }} />;
      return <span className="design-image" style={{ width: of.width }}>{of.alt || filled(of.src ?? "", known).split("/").at(-1) || "Choose a picture"}</span>;
    }
    case "divider": return <hr style={{ border: 0, borderTop: `${of["border-width"] ?? "4px"} solid`, borderColor: paint(of["border-color"], known) ?? "#000", margin: 0 }} />;
    case "spacer": return <div style={{ height: of.height ?? "20px" }} />;
    default: return <div className="design-code">{block.content}</div>;
  }
}
