/**
 * A journey drawn: cards for steps, heads of arms with their question, live numbers, and while it is edited a `+` on each line. Where things
 * stand is `graph.layout`'s; here they are only drawn. Loaded when a journey is opened, not before.
 *
 * What did not change stays the same object from one drawing to the next, so that React draws only what did. A step that is dragged is a
 * copy of its card that follows the pointer outside of React: dragging draws nothing anew until it is dropped. Where everything stands and
 * how large it is, is known beforehand, so nothing is measured; and what is in view is drawn first, the rest in slices between which the page
 * answers.
 */
import "@xyflow/react/dist/base.css";
import { useComputedColorScheme } from "@mantine/core";
import { IconNote, IconPlus } from "@tabler/icons-react";
import { Background, BaseEdge, Controls, EdgeLabelRenderer, getSmoothStepPath, Handle, MiniMap, Position, ReactFlow, ReactFlowProvider, useReactFlow, type Edge as Line, type EdgeProps, type Node as Drawn, type NodeProps } from "@xyflow/react";
import { createContext, memo, startTransition, useCallback, useContext, useEffect, useMemo, useRef, useState, type FocusEvent, type KeyboardEvent } from "react";
import styles from "./Canvas.module.css";
import { kindOf } from "./document";
import { useDrag } from "./drag";
import type { Spot } from "./edit";
import { layout, NODE, type Edge, type Graph, type Node } from "./graph";
import { boxOf, headsOf, SMALLEST, within } from "./revealed";
import { iconOf } from "./icons";
import { handle } from "./keys";
import { saysCounts, type Differs, type Hands, type Shown } from "./shown";
import { useSteady } from "./steady";
import { DifferenceMark } from "./Difference";
import { saysArm, saysStep, saysTrigger } from "./words";

type CardData = { title: string; line: string; counts: string; group: string; chosen: boolean; flaw: string; note: string; edits: boolean; differs?: Differs };
type Card = Drawn<CardData, "card">;
type Mark = Drawn<{ says: string }, "mark">;
type Way = Line<{ spot: Spot | undefined; join: boolean; says: string }, "way">;

const Choose = createContext<(step: string) => void>(() => undefined);
const Add = createContext<((spot: Spot) => void) | null>(null);

export default function Canvas(props: Shown & { hands?: Hands; focus?: { step: string } }) {
  return <ReactFlowProvider><Flow {...props} /></ReactFlowProvider>;
}

function Flow({ journey, forms, counts, entered, done, chosen, choose, flaws, differs, hands, focus }: Shown & { hands?: Hands; focus?: { step: string } }) {
  const scheme = useComputedColorScheme();
  const graph = useMemo(() => layout(journey, forms), [journey, forms]);
  const nodes = useKept(useMemo(() => graph.nodes.map(drawn), [graph, counts, entered, done, chosen, flaws, differs, !hands])); // eslint-disable-line react-hooks/exhaustive-deps
  const edges = useKept(useMemo(() => lines(graph, !!hands), [graph, !hands])); // eslint-disable-line react-hooks/exhaustive-deps
  const whole = useWhole();
  const flow = useReactFlow();
  const frame = useRef<HTMLDivElement>(null);
  const grab = useDrag(frame, flow, hands?.move);
  useSteady(frame, flow, graph.nodes);
  const reveal = useCallback((card: HTMLElement | null | undefined) => {
    const own = card?.getBoundingClientRect(), all = frame.current?.getBoundingClientRect();
    if (!card || !own || !all) return;
    const inside = own.top >= all.top && own.bottom <= all.bottom && own.left >= all.left && own.right <= all.right;
    if (inside) return;
    const { x, y, zoom } = flow.getViewport();
    void flow.setViewport({ x: x + (all.left + all.right - own.left - own.right) / 2, y: y + (all.top + all.bottom - own.top - own.bottom) / 2, zoom });
  }, [flow]);
  /** What is reached by the keyboard is brought into view: a frame later, when what the browser scrolled for it is scrolled back. */
  const focused = ({ target }: FocusEvent<HTMLElement>) => {
    if (target.dataset.step && target.matches(":focus-visible")) requestAnimationFrame(() => reveal(target));
  };
  const drawing = useRef(graph);
  useEffect(() => { drawing.current = graph; });
  const heads = headsOf(graph, chosen);
  useEffect(() => {
    // the panel makes the canvas narrower: what it is about stays in view, with the ways that lead out of it
    const soon = setTimeout(() => {
      reveal(frame.current?.querySelector<HTMLElement>("[aria-pressed=true]"));
      const room = frame.current && heads > 0 && chosen ? within(flow.getViewport(), boxOf(drawing.current, chosen), frame.current.clientWidth, frame.current.clientHeight) : null;
      if (room) void flow.setViewport(room);
    }, 60);
    return () => clearTimeout(soon);
  }, [chosen, heads, reveal, whole, flow]);
  useEffect(() => {
    if (!focus) return;
    const soon = setTimeout(() => {
      const card = frame.current?.querySelector<HTMLElement>(`[data-step="${CSS.escape(focus.step)}"]`);
      card?.focus({ preventScroll: true });
      reveal(card);
    }, 60);
    return () => clearTimeout(soon);
  }, [focus, reveal, whole]);
  const view = useRef({ width: 0, zoom: 1, moved: false });
  /** The middle stays the middle when the panel opens or closes; all ways are in view, where they can be read so and nobody moved the canvas. */
  const settle = useCallback(() => {
    const now = view.current, was = now.width, { x, y, zoom } = flow.getViewport();
    now.width = frame.current?.clientWidth ?? 0;
    if (!was || !now.width) return;
    const fits = (now.width - 48) / graph.width;
    if (now.moved || fits < SMALLEST) return void flow.setViewport({ x: x + (now.width - was) / 2, y, zoom });
    const next = Math.min(now.zoom, fits);
    void flow.setViewport({ x: now.width / 2 - (next * NODE.width) / 2, y: (y * next) / zoom, zoom: next });
  }, [flow, graph]);
  /** At first the whole is shown where it can be read so, else its beginning. */
  const begin = useCallback(() => {
    const { width = 0, height = 0 } = frame.current?.getBoundingClientRect() ?? {};
    const zoom = Math.min(1, Math.max(0.8, Math.min((width - 64) / graph.width, (height - 64) / graph.height)));
    view.current = { width, zoom, moved: false };
    void flow.setViewport({ x: width / 2 - (zoom * NODE.width) / 2, y: 32, zoom }).then(settle);
  }, [flow, graph, settle]);
  useEffect(() => {
    const watch = new ResizeObserver(settle); // which also tells at once, when the graph is another
    watch.observe(frame.current!);
    return () => watch.disconnect();
  }, [settle]);
  const pick = useRef(choose);
  useEffect(() => { pick.current = choose; });
  const chooseOne = useCallback((step: string) => pick.current(step), []);
  return (
    <Choose.Provider value={chooseOne}>
    <Add.Provider value={hands?.add ?? null}>
    <div ref={frame} className={styles.flow} onKeyDown={(event) => { if (!(hands && handle(event, hands))) walk(event); }} onFocus={focused} {...(hands && { onPointerDown: grab })}>
      <ReactFlow<Card | Mark, Way> aria-label="The steps, drawn" nodes={nodes} edges={edges} nodeTypes={types} edgeTypes={ways} colorMode={scheme} onInit={begin} onMoveStart={(event) => { if (event) view.current.moved = true; }} minZoom={0.1} maxZoom={1.5}
        nodesDraggable={false} nodesConnectable={false} nodesFocusable={false} edgesFocusable={false} elementsSelectable={false} disableKeyboardA11y deleteKeyCode={null} onlyRenderVisibleElements={!whole || graph.nodes.length > 400}
        panOnScroll>
        <Background gap={20} />
        <Controls showInteractive={false} fitViewOptions={FIT} />
        {isMapped(graph) && <MiniMap style={MAP} pannable zoomable ariaLabel="Small map of the journey" nodeClassName={mapped} />}
      </ReactFlow>
    </div>
    </Add.Provider>
    </Choose.Provider>
  );

  function drawn(node: Node): Card | Mark {
    const { id, x, y, width, height } = node;
    const place = { id, position: { x, y }, width, height, measured: { width, height }, handles: ends(width, height) };
    if (node.sort === "step" || node.sort === "trigger") {
      const said = node.step ? saysStep(node.step, forms) : saysTrigger(journey, forms);
      const group = node.step ? (forms.steps[kindOf(node.step, forms)]?.group ?? "") : "trigger";
      const figures = node.step ? saysCounts(counts.get(id)) : `${entered.toLocaleString("en")} entered`;
      const note = node.step ? (node.step.note ?? "") : (journey.note ?? "");
      return { ...place, type: "card", data: { ...said, counts: figures, group, chosen: chosen === id, flaw: flaws?.get(id) ?? "", note, edits: !!hands, differs: differs?.get(id) } };
    }
    const says = node.arm ? saysArm(node.arm) : node.sort === "end" ? `End: ${done.toLocaleString("en")} went through` : "";
    return { ...place, type: "mark", data: { says } };
  }
}

/** Where lines come in and go out, as `Canvas.module.css` sets the handles. */
const ends = (width: number, height: number) => [
  { type: "target" as const, position: Position.Top, x: width / 2 - 0.5, y: -0.5, width: 1, height: 1 },
  { type: "source" as const, position: Position.Bottom, x: width / 2 - 0.5, y: height - 0.5, width: 1, height: 1 },
];

/** Whether all is drawn, or as yet only what is in view: the rest follows in slices, once that stands. */
function useWhole(): boolean {
  const [whole, draw] = useState(false);
  useEffect(() => {
    const soon = setTimeout(() => startTransition(() => draw(true)));
    return () => clearTimeout(soon);
  }, []);
  return whole;
}

const FIT = { maxZoom: 1, padding: 0.08 };
const MAP = { width: 144, height: 108 };
/** Whether a card is high enough on the small map to be seen: of a long journey there is none, and a step is found by its name. */
const isMapped = ({ width, height }: Graph) => NODE.height * Math.min(MAP.width / width, MAP.height / height) >= 2;

const mapped = (node: { type?: string }) => (node.type === "card" ? "" : styles.unmapped!);

function lines(graph: Graph, edits: boolean): Way[] {
  return graph.edges.map((edge: Edge) => {
    const join = edge.target.endsWith("/join");
    const says = join || edge.target === "end" ? `Add a step after ${edge.source}` : `Add a step before ${edge.target}`;
    return { id: edge.id, source: edge.source, target: edge.target, type: "way", focusable: false, data: { spot: edits ? edge.spot : undefined, join, says } };
  });
}

/** Gives each thing that says the same as before as the same object. */
function useKept<T extends { id: string }>(made: T[]): T[] {
  const [kept] = useState(() => new Map<string, [string, T]>());
  return useMemo(() => {
    const now = made.map((each): [string, T] => {
      const says = JSON.stringify(each), old = kept.get(each.id);
      return old?.[0] === says ? old : [says, each];
    });
    kept.clear();
    for (const pair of now) kept.set(pair[1].id, pair);
    return now.map(([, each]) => each);
  }, [made, kept]);
}

const CardNode = memo(function CardNode({ id, data }: NodeProps<Card>) {
  const choose = useContext(Choose);
  const Icon = iconOf(data.group);
  return (
    <>
      {data.group !== "trigger" && <Handle type="target" position={Position.Top} isConnectable={false} />}
      <button type="button" className={`${styles.card} nopan`} data-step={id} data-group={data.group} data-flaw={data.flaw ? true : undefined} data-edits={data.edits || undefined} data-differs={data.differs} aria-pressed={data.chosen} title={data.flaw || undefined} onClick={() => choose(id)}>
        <span className={styles.icon}><Icon size={16} aria-hidden /></span>
        <span className={styles.words}>
          <span className={styles.title}>{data.title}</span>
          <span className={styles.line} title={data.line}>{data.line}</span>
          {data.flaw ? <span className={styles.flaw}>{data.flaw}</span> : <span className={`${styles.counts} figures`} title={data.counts}>{data.counts}</span>}
        </span>
        {data.differs && <DifferenceMark of={data.differs} />}
        {data.note && <span className={styles.note} title={data.note}><IconNote size={14} aria-label={`Note: ${data.note}`} /></span>}
      </button>
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
});

const MarkNode = memo(function MarkNode({ data }: NodeProps<Mark>) {
  return (
    <>
      <Handle type="target" position={Position.Top} isConnectable={false} />
      {data.says ? <div className={styles.mark} title={data.says}>{data.says}</div> : <div className={styles.dot} />}
      <Handle type="source" position={Position.Bottom} isConnectable={false} />
    </>
  );
});

const WayEdge = memo(function WayEdge({ id, sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition, data }: EdgeProps<Way>) {
  const add = useContext(Add);
  const [path] = getSmoothStepPath({ sourceX, sourceY, targetX, targetY, sourcePosition, targetPosition });
  const spot = data?.spot;
  const x = data?.join ? sourceX : targetX, y = data?.join ? sourceY + 22 : targetY - 22;
  return (
    <>
      <BaseEdge id={id} path={path} />
      {spot && add && (
        <EdgeLabelRenderer>
          <button type="button" tabIndex={-1} className={`${styles.plus} nopan nodrag`} data-spot={JSON.stringify(spot)} aria-label={data.says} style={{ transform: `translate(-50%, -50%) translate(${x}px, ${y}px)` }} onClick={() => add(spot)}>
            <IconPlus size={13} aria-hidden />
          </button>
        </EdgeLabelRenderer>
      )}
    </>
  );
});

const types = { card: CardNode, mark: MarkNode };
const ways = { way: WayEdge };

/** The arrow keys go along the steps in the order they are written, as Tab does; Home and End go to the first and the last. */
function walk(event: KeyboardEvent<HTMLElement>) {
  const step = { ArrowDown: 1, ArrowRight: 1, ArrowUp: -1, ArrowLeft: -1, Home: -Infinity, End: Infinity }[event.key];
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-step]")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  if (!step || at < 0) return;
  event.preventDefault();
  all[Math.min(Math.max(at + step, 0), all.length - 1)]!.focus();
}
