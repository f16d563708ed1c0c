/** Curves over days. The table behind them says the same in figures; both can be taken away, as CSV and as a picture. */
import { Button, Group, Table } from "@mantine/core";
import { useId, useRef, useState } from "react";
import classes from "./Chart.module.css";

export interface Curve { name: string; values: number[] }
const WIDTH = 1040, HEIGHT = 220, LEFT = 44, RIGHT = 12, TOP = 10, BOTTOM = 24;
const day = new Intl.DateTimeFormat("en-GB", { day: "numeric", month: "short", timeZone: "UTC" });

export function Chart({ title, days, curves, file }: { title: string; days: string[]; curves: Curve[]; file: string }) {
  const [asTable, setAsTable] = useState(false);
  const frame = useRef<HTMLDivElement>(null);
  const id = useId();
  const top = ceiling(Math.max(1, ...curves.flatMap((each) => each.values)));
  const x = (n: number) => LEFT + (n / Math.max(1, days.length - 1)) * (WIDTH - LEFT - RIGHT);
  const y = (value: number) => TOP + (1 - value / top) * (HEIGHT - TOP - BOTTOM);
  const ticks = [0, top / 2, top];
  const every = Math.ceil(days.length / 6);
  return (
    <div ref={frame}>
      <Group justify="space-between" mb="xs">
        <Group gap="md" component="ul" m={0} p={0} style={{ listStyle: "none" }}>
          {curves.map((each, n) => <li key={each.name} className={classes.name}><svg width={18} height={8} aria-hidden><line x1={0} x2={18} y1={4} y2={4} className={classes.line} data-n={n} /></svg>{each.name} <b className="figures">{sum(each.values).toLocaleString("en")}</b></li>)}
        </Group>
        <Group gap={4}>
          <Button size="compact-xs" variant="subtle" color="gray" aria-expanded={asTable} aria-controls={id} onClick={() => setAsTable(!asTable)}>{asTable ? "Show the chart" : "Show as a table"}</Button>
          <Button size="compact-xs" variant="subtle" color="gray" onClick={() => save(`${file}.csv`, `data:text/csv;charset=utf-8,${encodeURIComponent(csv(days, curves))}`)}>CSV</Button>
          <Button size="compact-xs" variant="subtle" color="gray" disabled={asTable} onClick={() => { const svg = frame.current?.querySelector<SVGSVGElement>("svg[role=img]"); if (svg) void picture(svg).then((url) => save(`${file}.png`, url)); }}>PNG</Button>
        </Group>
      </Group>
      <div id={id}>
        {asTable ? (
          <div className={classes.table} tabIndex={0} role="region" aria-label={`${title}, as a table`}>
            <Table fz="sm" stickyHeader>
              <Table.Thead><Table.Tr><Table.Th>Day</Table.Th>{curves.map((each) => <Table.Th key={each.name} ta="right">{each.name}</Table.Th>)}</Table.Tr></Table.Thead>
              <Table.Tbody>{days.map((each, n) => <Table.Tr key={each}><Table.Td>{each}</Table.Td>{curves.map((curve) => <Table.Td key={curve.name} ta="right">{curve.values[n]!.toLocaleString("en")}</Table.Td>)}</Table.Tr>)}</Table.Tbody>
            </Table>
          </div>
        ) : (
          <svg role="img" aria-label={`${title}: ${curves.map((each) => `${sum(each.values).toLocaleString("en")} ${each.name.toLowerCase()}`).join(", ")}. The same stands in the table.`} viewBox={`0 0 ${WIDTH} ${HEIGHT}`} className={classes.chart}>
            {ticks.map((tick) => <g key={tick}><line x1={LEFT} x2={WIDTH - RIGHT} y1={y(tick)} y2={y(tick)} className={classes.grid} /><text x={LEFT - 8} y={y(tick) + 4} textAnchor="end" className={classes.text}>{tick.toLocaleString("en", { notation: "compact" })}</text></g>)}
            {days.map((each, n) => n % every === 0 && <text key={each} x={x(n)} y={HEIGHT - 6} textAnchor={n === 0 ? "start" : "middle"} className={classes.text}>{day.format(new Date(`${each}T00:00:00Z`))}</text>)}
            {curves.map((each, n) => <polyline key={each.name} className={classes.line} data-n={n} points={each.values.map((value, at) => `${x(at)},${y(value)}`).join(" ")} />)}
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

export function csv(days: string[], curves: Curve[]): string {
  const cell = (text: string) => (/[",\n]/.test(text) ? `"${text.replaceAll('"', '""')}"` : text);
  return [["day", ...curves.map((each) => each.name)].map(cell).join(","), ...days.map((each, n) => [each, ...curves.map((curve) => curve.values[n])].join(","))].join("\n") + "\n";
}

function save(name: string, url: string) {
  const link = document.createElement("a");
  link.href = url;
  link.download = name;
  link.click();
}

/** Drawn with the colours of the moment; style sheets do not reach into a picture, so they are written out. */
async function picture(svg: SVGSVGElement): Promise<string> {
  const copy = svg.cloneNode(true) as SVGSVGElement;
  const drawn = [...svg.querySelectorAll("*")];
  [...copy.querySelectorAll("*")].forEach((each, n) => {
    const { stroke, strokeWidth, strokeDasharray, fill, font } = getComputedStyle(drawn[n]!);
    for (const [name, value] of Object.entries({ stroke, "stroke-width": strokeWidth, "stroke-dasharray": strokeDasharray, fill })) each.setAttribute(name, value);
    if (each.tagName === "text") each.setAttribute("font-size", /(\d+(\.\d+)?)px/.exec(font)?.[1] ?? "11");
  });
  copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
  copy.setAttribute("width", String(WIDTH * 2));
  copy.setAttribute("height", String(HEIGHT * 2));
  const image = new Image();
  image.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(new XMLSerializer().serializeToString(copy))}`;
  await image.decode();
  const canvas = document.createElement("canvas");
  canvas.width = WIDTH * 2;
  canvas.height = HEIGHT * 2;
  const context = canvas.getContext("2d")!;
  context.fillStyle = getComputedStyle(document.body).backgroundColor;
  context.fillRect(0, 0, canvas.width, canvas.height);
  context.drawImage(image, 0, 0);
  return canvas.toDataURL("image/png");
}
