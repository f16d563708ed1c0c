/** What is set of the chosen node: fields for its kind, and when it is shown. */
import { Autocomplete, Button, ColorSwatch, Group, Input, NumberInput, SegmentedControl, Select, Stack, Text, Textarea, TextInput, Title } from "@mantine/core";
import { IconPhoto } from "@tabler/icons-react";
import { lazy, Suspense, useState } from "react";
import type { Variable } from "./Code";
import { CALLED, paint, type Known } from "./Block";
import { find, setAttribute, setColumns, setCondition, setContent, setLevel, type Node } from "./blocks";
import type { Block, Message, Row } from "./mjml";
import { nameIn, named, type Asset } from "../assets/assets";
import { meantAddress } from "../ui/address";

const Pick = lazy(() => import("../assets/Pick").then((module) => ({ default: module.Pick })));

const ALIGN = [{ value: "left", label: "Left" }, { value: "center", label: "Middle" }, { value: "right", label: "Right" }];

/** Colours that are offered: the brand's, which change with it, and a few plain ones. */
const COLOURS: Record<string, string> = {
  "{{ brand.accent }}": "Brand: accent", "{{ brand.text }}": "Brand: text", "{{ brand.background }}": "Brand: background", "#ffffff": "White", "#1f2937": "Ink", "#6b7280": "Grey",
};

function Swatch({ of, known }: { of: string; known: Known }) {
  return <ColorSwatch size={14} radius={3} color={paint(of, known) ?? "transparent"} aria-hidden />;
}

interface Props {
  workspace: string; node: Node; message: Message; variables: readonly Variable[]; known: Known;
  /** `field`: which, of one that is typed into. */
  change: (next: Message, field?: string) => void;
}

export function Looks({ workspace, node, message, variables, known, change }: Props) {
  const of = node.attributes;
  const set = (name: string) => (value: string) => change(setAttribute(message, node.key, name, value), name);
  const words = (name: string, label: string, about = "", placeholder = "") => <TextInput key={name} size="xs" label={label} description={about || undefined} placeholder={placeholder} value={of[name] ?? ""} onChange={(event) => set(name)(event.currentTarget.value)} />;
  const leads = <TextInput key="href" size="xs" label="Leads to" placeholder="https://example.com" value={of.href ?? ""} onChange={(event) => set("href")(event.currentTarget.value)} onBlur={() => { const meant = meantAddress(of.href ?? ""); if (meant !== (of.href ?? "")) set("href")(meant); }} />;
  const colour = (name: string, label: string) => (
    <Autocomplete key={name} size="xs" label={label} placeholder="As the layout says" data={Object.keys(COLOURS)} filter={({ options }) => options} value={of[name] ?? ""} onChange={set(name)}
      leftSection={of[name] && <Swatch of={of[name]} known={known} />} renderOption={({ option }) => <Group gap={8}><Swatch of={option.value} known={known} /><Text size="xs">{COLOURS[option.value]}</Text></Group>} />
  );
  const pixels = (name: string, label: string, otherwise: number) => <NumberInput key={name} size="xs" label={label} suffix=" px" min={0} max={2000} placeholder={`${otherwise} px`} value={of[name] ? Number.parseFloat(of[name]) : ""} onChange={(value) => set(name)(value === "" ? "" : `${value}px`)} />;
  const align = <Input.Wrapper key="align" size="xs" label="Place" labelElement="div"><SegmentedControl size="xs" fullWidth aria-label="Place" data={ALIGN} value={of.align ?? (node.kind === "button" || node.kind === "image" ? "center" : "left")} onChange={set("align")} /></Input.Wrapper>;
  const source = (label: string) => <Textarea key="source" size="xs" label={label} autosize minRows={4} maxRows={14} spellCheck={false} styles={{ input: { fontFamily: "var(--mantine-font-family-monospace)" } }} value={"content" in node ? node.content : ""} onChange={(event) => change(setContent(message, node.key, event.currentTarget.value), "content")} />;
  const fields: Record<Node["kind"], () => React.ReactNode> = {
    heading: () => <><Select size="xs" label="Level" data={[{ value: "1", label: "Largest" }, { value: "2", label: "Middle" }, { value: "3", label: "Smallest" }]} value={String("level" in node ? node.level : 1)} onChange={(level) => level && change(setLevel(message, node.key, Number(level)))} />{align}{colour("color", "Colour")}</>,
    text: () => <>{align}{pixels("font-size", "Size", 16)}{colour("color", "Colour")}</>,
    button: () => <><TextInput size="xs" label="Says" value={"content" in node ? node.content : ""} onChange={(event) => change(setContent(message, node.key, event.currentTarget.value.replaceAll("<", "&lt;")), "content")} />{leads}{align}{colour("background-color", "Colour")}{colour("color", "Colour of the words")}{pixels("border-radius", "Round corners", 6)}</>,
    image: () => <><Chosen workspace={workspace} src={of.src ?? ""} take={(asset, says) => change(showing(message, node.key, asset, says))} />{words("src", "Picture", "A picture of yours, or an address on the web", "https://example.com/picture.png")}{words("alt", "In words", "For who does not see it; empty where it only decorates")}{leads}{pixels("width", "Width", 550)}{align}</>,
    divider: () => <>{colour("border-color", "Colour")}{pixels("border-width", "Thickness", 4)}</>,
    spacer: () => pixels("height", "Height", 20),
    html: () => source("HTML"),
    code: () => source("MJML and Liquid"),
    row: () => <><NumberInput size="xs" label="Columns" min={1} max={4} value={node.kind === "row" ? node.columns.length : 1} onChange={(many) => typeof many === "number" && many >= 1 && many <= 4 && change(setColumns(message, node.key, many))} />{colour("background-color", "Background")}{words("padding", "Space around", "", "20px 0")}{pixels("border-radius", "Round corners", 0)}</>,
    column: () => <>{colour("background-color", "Background")}{words("width", "Width", "", "50%")}</>,
  };
  return (
    <section aria-label={`Looks of the ${CALLED[node.kind].toLowerCase()}`}>
      <Title order={2} mb={6}>{CALLED[node.kind]}</Title>
      <Stack gap="xs">
        {fields[node.kind]()}
        {node.kind !== "column" && node.kind !== "code" && <When node={node} message={message} variables={variables} change={change} />}
      </Stack>
    </section>
  );
}

/** A block that shows another picture. One that was just put in is made as wide as the picture, up to what a column of a mail holds. */
function showing(message: Message, wanted: number, asset: Asset, says: string): Message {
  const fresh = find(message, wanted)?.attributes.src === "{{ brand.logo }}";
  const next = setAttribute(setAttribute(message, wanted, "src", named(asset.name)), wanted, "alt", says);
  return fresh ? setAttribute(next, wanted, "width", `${Math.min(asset.width, 550)}px`) : next;
}

/** The picture of an image block: which it is, and the way to another. */
function Chosen({ workspace, src, take }: { workspace: string; src: string; take: (asset: Asset, says: string) => void }) {
  const [open, setOpen] = useState(false);
  return (
    <>
      <Button size="xs" variant="light" leftSection={<IconPhoto size={15} />} onClick={() => setOpen(true)}>Choose a picture</Button>
      {open && <Suspense fallback={null}><Pick workspace={workspace} title="Choose a picture" now={nameIn(src)} asks onClose={() => setOpen(false)} onPick={take} /></Suspense>}
    </>
  );
}

function When({ node, message, variables, change }: { node: Row | Block; message: Message; variables: readonly Variable[]; change: (next: Message, field?: string) => void }) {
  const match = /^([\w.]+)\s*(==|!=|>|<|contains)\s*"?([^"]*?)"?$/.exec(node.condition);
  const [open, setOpen] = useState(false);
  const [path, setPath] = useState(match?.[1] ?? "");
  const [sign, setSign] = useState(match?.[2] ?? "==");
  const [value, setValue] = useState(match?.[3] ?? "");
  const set = (to: string) => change(setCondition(message, node.key, to), "condition");
  const build = () => { set(/^-?\d+(\.\d+)?$|^(true|false)$/.test(value) ? `${path} ${sign} ${value}` : `${path} ${sign} "${value.replaceAll('"', "")}"`); setOpen(false); };
  return (
    <>
      <TextInput size="xs" label="Shown only if" description="Left empty: always" placeholder='customer.plan == "pro"' value={node.condition} onChange={(event) => set(event.currentTarget.value.replaceAll("%}", ""))} />
      {!open ? <Button size="compact-xs" variant="subtle" onClick={() => setOpen(true)}>Choose a condition…</Button> : (
        <Stack gap={6}>
          <Select size="xs" aria-label="Value" placeholder="Value" searchable data={variables.map((each) => each.path)} value={path || null} onChange={(to) => setPath(to ?? "")} />
          <Group gap={6} wrap="nowrap">
            <Select size="xs" aria-label="Compares" w={100} data={[{ value: "==", label: "is" }, { value: "!=", label: "is not" }, { value: ">", label: "is more than" }, { value: "<", label: "is less than" }, { value: "contains", label: "contains" }]} value={sign} onChange={(to) => setSign(to ?? "==")} />
            <TextInput size="xs" aria-label="With" flex={1} value={value} placeholder={variables.find((each) => each.path === path)?.example} onChange={(event) => setValue(event.currentTarget.value)} />
          </Group>
          <Button size="xs" variant="default" disabled={!path} onClick={build}>Set the condition</Button>
        </Stack>
      )}
    </>
  );
}
