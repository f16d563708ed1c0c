/**
 * A journey drawn: cards for steps, heads of arms with their question, live numbers. Where things stand is `graph.layout`'s; here they are
 * only drawn. Loaded when a journey is opened, not before.
 */
import "@xyflow/react/dist/base.css";
import { useComputedColorScheme } from "@mantine/core";
import { IconBolt, IconClock, IconDatabase, IconGitBranch, IconMail, IconWorld } from "@tabler/icons-react";
import { Background, Controls, Handle, MiniMap, Position, ReactFlow, ReactFlowProvider, useReactFlow, type Node as Drawn, type NodeProps } from "@xyflow/react";
import { useCallback, useEffect, useMemo, useRef, type FocusEvent, type KeyboardEvent } from "react";
import styles from "./Canvas.module.css";
import { kindOf } from "./document";
import { layout, NODE, type Node } from "./graph";
import { saysCounts, type Shown } from "./shown";
import { saysArm, saysStep, saysTrigger } from "./words";

const ICONS = { message: IconMail, time: IconClock, way: IconGitBranch, data: IconDatabase, out: IconWorld };

type Card = Drawn<{ title: string; line: string; counts: string; group: string; chosen: boolean; choose: () => void }, "card">;
type Mark = Drawn<{ says: string }, "mark">;

export default function Canvas(shown: Shown) {
  return <ReactFlowProvider><Flow {...shown} /></ReactFlowProvider>;
}

function Flow({ journey, forms, counts, entered, done, chosen, choose }: Shown) {
  const scheme = useComputedColorScheme();
  const graph = useMemo(() => layout(journey, forms), [journey, forms]);
  const nodes = useMemo(() => graph.nodes.map(drawn), [graph, counts, entered, done, chosen, choose]); // eslint-disable-line react-hooks/exhaustive-deps
  const edges = useMemo(() => graph.edges.map(({ id, source, target }) => ({ id, source, target, type: "smoothstep", focusable: false })), [graph]);
  const flow = useReactFlow();
  const frame = useRef<HTMLDivElement>(null);
  const reveal = useCallback((card: HTMLElement | null | undefined) => {
    const own = card?.getBoundingClientRect(), all = frame.current?.getBoundingClientRect();
    if (!card || !own || !all) return;
    const inside = own.top >= all.top && own.bottom <= all.bottom && own.left >= all.left && own.right <= all.right;
    const zoom = flow.getZoom();
    if (!inside) void flow.fitView({ nodes: [{ id: card.dataset.step! }], maxZoom: zoom, minZoom: zoom });
  }, [flow]);
  /** What is reached by the keyboard is brought into view. */
  const focused = ({ target }: FocusEvent<HTMLElement>) => {
    if (target.dataset.step && target.matches(":focus-visible")) reveal(target);
  };
  useEffect(() => {
    // the panel makes the canvas narrower: what it is about stays in view
    const soon = setTimeout(() => reveal(frame.current?.querySelector<HTMLElement>("[aria-pressed=true]")), 60);
    return () => clearTimeout(soon);
  }, [chosen, reveal]);
  /** At first the whole is shown where it can be read so, else its beginning. */
  const begin = useCallback(() => {
    const { width = 0, height = 0 } = frame.current?.getBoundingClientRect() ?? {};
    const zoom = Math.min(1, Math.max(0.8, Math.min((width - 64) / graph.width, (height - 64) / graph.height)));
    void flow.setViewport({ x: width / 2 - (zoom * NODE.width) / 2, y: 32, zoom });
  }, [flow, graph]);
  return (
    <div ref={frame} className={styles.flow} onKeyDown={walk} onFocus={focused}>
      <ReactFlow<Card | Mark> nodes={nodes} edges={edges} nodeTypes={types} colorMode={scheme} onInit={begin} fitViewOptions={{ maxZoom: 1, padding: 0.08 }} minZoom={0.1} maxZoom={1.5}
        nodesDraggable={false} nodesConnectable={false} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} disableKeyboardA11y deleteKeyCode={null}
        panOnScroll>
        <Background gap={20} />
        <Controls showInteractive={false} />
        <MiniMap style={{ width: 144, height: 108 }} pannable zoomable ariaLabel="Small map of the journey" nodeClassName={(node) => (node.type === "card" ? "" : styles.unmapped!)} />
      </ReactFlow>
    </div>
  );

  function drawn(node: Node): Card | Mark {
    const { id, x, y, width, height } = node;
    const place = { id, position: { x, y }, width, height };
    if (node.sort === "step" || node.sort === "trigger") {
      const said = node.step ? saysStep(node.step, forms) : saysTrigger(journey, forms);
      const group = node.step ? (forms.steps[kindOf(node.step, forms)]?.group ?? "") : "trigger";
      const figures = node.step ? saysCounts(counts.get(id)) : `${entered.toLocaleString("en")} entered`;
      return { ...place, type: "card", data: { ...said, counts: figures, group, chosen: chosen === id, choose: () => choose(id) } };
    }
    const says = node.arm ? saysArm(node.arm) : node.sort === "end" ? `End: ${done.toLocaleString("en")} went through` : "";
    return { ...place, type: "mark", data: { says } };
  }
}

function CardNode({ id, data }: NodeProps<Card>) {
  const Icon = ICONS[data.group as keyof typeof ICONS] ?? IconBolt;
  return (
    <>
      {data.group !== "trigger" && <Handle type="target" position={Position.Top} isConnectable={false} />}
      <button type="button" className={`${styles.card} nopan`} data-step={id} data-group={data.group} aria-pressed={data.chosen} onClick={data.choose}>
        <span className={styles.icon}><Icon size={16} aria-hidden /></span>
        <span className={styles.words}>
          <span className={styles.title}>{data.title}</span>
          <span className={styles.line}>{data.line}</span>
          <span className={`${styles.counts} figures`}>{data.counts}</span>
        </span>
      </button>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}

function MarkNode({ data }: NodeProps<Mark>) {
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      {data.says ? <div className={styles.mark} title={data.says}>{data.says}</div> : <div className={styles.dot} />}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
}

const types = { card: CardNode, mark: MarkNode };

/** The arrow keys go along the steps in the order they are written, as Tab does. */
function walk(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1 }[event.key];
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-step]")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  if (!step || at < 0) return;
  event.preventDefault();
  all[at + step]?.focus();
}
