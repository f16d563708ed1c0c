/** Curves over days or hours. The table behind them says the same in figures; both can be taken away, as CSV and as a picture. */
import { Button, Group, Table } from "@mantine/core";
import { useElementSize } from "@mantine/hooks";
import { useId, useRef, useState, type PointerEvent } from "react";
import classes from "./Chart.module.css";
import { escaped, saveCsv, savePicture, type Drawn } from "./taken";

export interface Curve { name: string; values: number[] }
const HEIGHT = 220, LEFT = 44, RIGHT = 12, TOP = 10, BOTTOM = 24, HEAD = 64;
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });
/** A day as `5 May`, an hour as `5 May 13:00`. */
const called = (date: string) => `${day.format(new Date(`${date.slice(0, 10)}T00:00:00Z`))}${date.slice(10)}`;

interface Props {
  title: string;
  file: string;
  /** As `2026-05-05`; hours as `2026-05-05 13:00`. */
  days: string[];
  per?: "day" | "hour";
  curves: Curve[];
  /** What stands in the table and the file only. */
  also?: Curve[];
}

export function Chart({ title, days, curves, file, per = "day", also = [] }: Props) {
  const [asTable, setAsTable] = useState(false);
  /** The day under the pointer: the names above say its figures in place of the sums. */
  const [over, setOver] = useState<number | null>(null);
  const all = [...curves, ...also];
  const svg = useRef<SVGSVGElement>(null);
  const { ref, width: seen } = useElementSize();
  const id = useId();
  const width = Math.max(260, Math.round(seen) || 1040);
  const top = ceiling(Math.max(1, ...curves.flatMap((each) => each.values)));
  const x = (n: number) => LEFT + (n / Math.max(1, days.length - 1)) * (width - LEFT - RIGHT);
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const ticks = [0, top / 2, top];
  const every = Math.ceil(days.length / Math.max(2, Math.min(6, Math.floor(width / (per === "day" ? 90 : 130)))));
  const at = over !== null && over < days.length ? over : null;
  const point = (event: PointerEvent<SVGSVGElement>) => {
    const { left } = event.currentTarget.getBoundingClientRect();
    const n = Math.round(((event.clientX - left - LEFT) / (width - LEFT - RIGHT)) * (days.length - 1));
    setOver(Math.min(Math.max(n, 0), days.length - 1));
  };
  return (
    <div>
      <Group justify="space-between" mb="xs">
        <Group gap="md" component="ul" m={0} p={0} style={{ listStyle: "none" }}>
          {curves.map((each, n) => <li key={each.name} className={classes.name}><svg width={18} height={8} aria-hidden><line x1={0} x2={18} y1={4} y2={4} className={classes.line} data-n={n} /></svg>{each.name} <b className="figures">{(at === null ? sum(each.values) : each.values[at]!).toLocaleString("en")}</b></li>)}
          {at !== null && <li className={classes.on}>{per === "day" ? "on" : "from"} {called(days[at]!)}</li>}
        </Group>
        <Group gap={4}>
          <Button size="compact-xs" variant="subtle" color="gray" aria-expanded={asTable} aria-controls={id} onClick={() => setAsTable(!asTable)}>{asTable ? "Show the chart" : "Show as a table"}</Button>
          <Button size="compact-xs" variant="subtle" color="gray" aria-label={`CSV of ${title}`} onClick={() => saveCsv(file, [[per, ...all.map((each) => each.name)], ...days.map((each, n) => [each, ...all.map((curve) => curve.values[n]!)])])}>CSV</Button>
          <Button size="compact-xs" variant="subtle" color="gray" aria-label={`PNG of ${title}`} disabled={asTable} onClick={() => { if (svg.current) void savePicture(file, drawn(svg.current, title, curves, width)); }}>PNG</Button>
        </Group>
      </Group>
      <div id={id} ref={ref}>
        {asTable ? (
          <div className={classes.table} tabIndex={0} role="region" aria-label={`${title}, as a table`}>
            <Table fz="sm" stickyHeader>
              <Table.Thead><Table.Tr><Table.Th>{per === "day" ? "Day" : "Hour"}</Table.Th>{all.map((each) => <Table.Th key={each.name} ta="right">{each.name}</Table.Th>)}</Table.Tr></Table.Thead>
              <Table.Tbody>{days.map((each, n) => <Table.Tr key={each}><Table.Td>{each}</Table.Td>{all.map((curve) => <Table.Td key={curve.name} ta="right">{curve.values[n]!.toLocaleString("en")}</Table.Td>)}</Table.Tr>)}</Table.Tbody>
            </Table>
          </div>
        ) : (
          <svg ref={svg} role="img" aria-label={`${title}: ${curves.map((each) => `${sum(each.values).toLocaleString("en")} ${each.name.toLowerCase()}`).join(", ")}. The same stands in the table.`} viewBox={`0 0 ${width} ${HEIGHT}`} className={classes.chart} onPointerMove={point} onPointerLeave={() => setOver(null)}>
            {ticks.map((tick) => <g key={tick}><line x1={LEFT} x2={width - RIGHT} y1={y(tick)} y2={y(tick)} className={classes.grid} /><text x={LEFT - 8} y={y(tick) + 4} textAnchor="end" className={classes.text}>{tick.toLocaleString("en", { notation: "compact" })}</text></g>)}
            {days.map((each, n) => n % every === 0 && <text key={each} x={x(n)} y={HEIGHT - 6} textAnchor={n === 0 ? "start" : n > days.length - every / 2 ? "end" : "middle"} className={classes.text}>{called(each)}</text>)}
            {curves.every((each) => !sum(each.values)) && <text x={width / 2} y={HEIGHT / 2 - 20} textAnchor="middle" className={classes.text}>Nothing in these {per}s</text>}
            {at !== null && <line x1={x(at)} x2={x(at)} y1={TOP} y2={HEIGHT - BOTTOM} className={classes.at} />}
            {curves.map((each, n) => <polyline key={each.name} className={classes.line} data-n={n} visibility={sum(each.values) ? undefined : "hidden"} points={each.values.map((value, place) => `${x(place)},${y(value)}`).join(" ")} />)}
            {at !== null && curves.map((each, n) => <circle key={each.name} className={classes.dot} data-n={n} cx={x(at)} cy={y(each.values[at]!)} r={3.5} />)}
          </svg>
        )}
      </div>
    </div>
  );
}

function sum(values: number[]): number {
  return values.reduce((a, b) => a + b, 0);
}

/** The next number that reads well on an axis. */
export function ceiling(value: number): number {
  const size = 10 ** Math.floor(Math.log10(value));
  return Math.max(2, [1, 2, 4, 6, 8, 10].find((each) => each * size >= value)! * size);
}

/** The chart by itself, below its title and the names of its curves. Style sheets do not reach into a picture, so the colours of the moment are written out. */
function drawn(svg: SVGSVGElement, title: string, curves: Curve[], width: number): Drawn {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const seen = [...svg.querySelectorAll("*")];
  [...copy.querySelectorAll("*")].forEach((each, n) => {
    const { stroke, strokeWidth, strokeDasharray, fill, font } = getComputedStyle(seen[n]!);
    for (const [name, value] of Object.entries({ stroke, "stroke-width": strokeWidth, "stroke-dasharray": strokeDasharray, fill })) each.setAttribute(name, value);
    if (each.tagName === "text") { each.setAttribute("font-size", /(\d+(\.\d+)?)px/.exec(font)?.[1] ?? "11"); each.setAttribute("font-family", "Helvetica, Arial, sans-serif"); }
  });
  const ink = getComputedStyle(document.body).color;
  const lines = [...copy.querySelectorAll("polyline")];
  let from = LEFT;
  const names = curves.map((each, n) => {
    const said = `${each.name} ${sum(each.values).toLocaleString("en")}`;
    const mark = ["stroke", "stroke-width", "stroke-dasharray"].map((name) => `${name}="${lines[n]?.getAttribute(name) ?? ""}"`).join(" ");
    const own = `<line x1="${from}" x2="${from + 18}" y1="44" y2="44" ${mark}/><text x="${from + 24}" y="48" fill="${ink}" font-family="Helvetica, Arial, sans-serif" font-size="12">${escaped(said)}</text>`;
    from += 24 + said.length * 7 + 20;
    return own;
  });
  const head = `<text x="${LEFT}" y="24" fill="${ink}" font-family="Helvetica, Arial, sans-serif" font-size="15" font-weight="bold">${escaped(title)}</text>${names.join("")}`;
  const height = HEIGHT + HEAD;
  return { width, height, svg: `<svg xmlns="http://www.w3.org/2000/svg" width="${width * 2}" height="${height * 2}" viewBox="0 0 ${width} ${height}">${head}<g transform="translate(0 ${HEAD})">${copy.innerHTML}</g></svg>` };
}
