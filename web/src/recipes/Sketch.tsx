/** The path of a journey as a small picture: what the canvas would show; with `words`, what each step is. */
import { useMemo } from "react";
import { kindOf, type Forms, type Journey } from "../journeys/document";
import { layout, type Node } from "../journeys/graph";
import { withSteps } from "../journeys/steps";
import { saysArm, saysStep, saysTrigger } from "../journeys/words";
import classes from "./Recipes.module.css";

export function Sketch({ journey, forms, words = false }: { journey: Journey; forms: Forms; words?: boolean }) {
  const graph = useMemo(() => layout(journey, forms), [journey, forms]);
  const told = useMemo(() => withSteps(journey, forms), [journey, forms]);
  const places = new Map(graph.nodes.map((node) => [node.id, node]));
  const left = Math.min(...graph.nodes.map((node) => node.x)), right = Math.max(...graph.nodes.map((node) => node.x + node.width));
  const bottom = Math.max(...graph.nodes.map((node) => node.y + node.height));
  // a short path is drawn as small as a longer one: with room around it where several stand side by side
  const width = Math.max(right - left + 24, 480), height = words ? bottom + 24 : Math.max(bottom + 24, 640);
  return (
    <svg className={classes.sketch} viewBox={`${(left + right - width) / 2} -12 ${width} ${height}`} preserveAspectRatio="xMidYMin meet" aria-hidden focusable="false">
      {graph.edges.map((edge) => {
        const from = places.get(edge.source)!, to = places.get(edge.target)!;
        const x = from.x + from.width / 2, y = from.y + from.height, end = to.x + to.width / 2;
        const middle = to.y - 22;
        return <path key={edge.id} className={classes.way} d={`M${x} ${y}V${middle}H${end}V${to.y}`} />;
      })}
      {graph.nodes.filter((node) => node.sort !== "join").map((node) => {
        const group = node.sort === "step" ? (forms.steps[kindOf(node.step!, forms)]?.group ?? "") : node.sort;
        const said = words ? says(node, journey, told) : [];
        return (
          <g key={node.id} data-group={group} className={classes.node}>
            <rect className={classes.card} x={node.x} y={node.y} width={node.width} height={node.height} rx={node.sort === "step" || node.sort === "trigger" ? 10 : node.height / 2} />
            {said.map((text, n) => <text key={n} x={node.x + node.width / 2} y={node.y + node.height / 2 + 5 + (said.length > 1 ? n * 22 - 11 : 0)} data-first={n === 0 || undefined}>{text.length > 31 ? `${text.slice(0, 30)}…` : text}</text>)}
          </g>
        );
      })}
    </svg>
  );
}

function says(node: Node, journey: Journey, forms: Forms): string[] {
  if (node.arm) return [saysArm(node.arm)];
  if (node.sort === "end") return ["End"];
  const said = node.step ? saysStep(node.step, forms) : saysTrigger(journey, forms);
  return [said.title, said.line].filter(Boolean);
}
