/** Imports people from a CSV file: what each column is, what is wrong with which row, then the import with its progress and its undo. */
import { Alert, Button, Checkbox, FileButton, Group, Select, Stack, Table, Text, TextInput } from "@mantine/core";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { quoted } from "../api/quoted";
import { may, session } from "../session/session";
import { Back } from "../ui/Back";
import { Card } from "../ui/Card";
import { Failed, PageHead } from "../ui/Page";
import { Wide } from "../ui/Wide";
import { plain } from "../ui/plain";
import { textOf } from "./csv";
import { file } from "./room";
import { tasksKey } from "./Tasks";
import { Teach } from "./Teach";
import { Work } from "./Work";

type Column = Schemas["Column"];
type Heading = Schemas["Heading"];
const LARGEST = 18 << 20;
const TO = [{ value: "id", label: "Their id" }, { value: "email", label: "Their email" }, { value: "attribute", label: "An attribute" }, { value: "nothing", label: "Leave it out" }];
const KINDS = ["text", "number", "number, decimal comma", "yes or no", "date", "date, day first", "date, month first", "list"];

export function ImportPage() {
  const { workspace } = file.useParams();
  const now = useQuery(session).data;
  const client = useQueryClient();
  const [given, setGiven] = useState<{ name: string; text: string } | null>(null);
  const [headings, setHeadings] = useState<Heading[]>([]);
  const [columns, setColumns] = useState<Column[]>([]);
  const [look, setLook] = useState<Schemas["ImportLook"] | null>(null);
  const [starts, setStarts] = useState(false);
  const [fault, setFault] = useState<Error | null>(null);
  const [busy, setBusy] = useState(false);
  const home = `/${encodeURIComponent(workspace)}`;
  const edits = !!now && may(now, workspace, "people:edit");
  const attempt = async (what: () => Promise<void>) => {
    setBusy(true);
    setFault(null);
    try {
      await what();
    } catch (error) {
      setFault(error as Error);
    } finally {
      setBusy(false);
    }
  };
  const take = (chosen: File | null) => {
    if (!chosen) return;
    void attempt(async () => {
      if (chosen.size > LARGEST) throw new Error("The file is larger than 18 MB. Split it, and import the parts one after the other.");
      const text = textOf(new Uint8Array(await chosen.arrayBuffer()));
      const read = await data(api.POST("/api/imports/columns", { body: { text } }));
      setGiven({ name: chosen.name, text });
      setHeadings(read.columns);
      setColumns(read.columns.map((each) => each.guess));
      setLook(null);
    });
  };
  const asked = () => ({ text: given!.text, columns, title: given!.name, starts });
  const set = (n: number, part: Partial<Column>) => { setColumns(columns.map((each, at) => (at === n ? { ...each, ...part } : each))); setLook(null); };
  const begin = () =>
    void attempt(async () => {
      await data(api.POST("/api/imports", { body: asked() }));
      setGiven(null);
      setLook(null);
      await client.invalidateQueries({ queryKey: tasksKey(workspace) });
    });
  return (
    <>
      <Back to={`${home}/people`}>People</Back>
      <PageHead title="Import people" about="From a CSV file, as every spreadsheet and most tools write one. Its first row names the columns.">
        {edits && <FileButton onChange={take} accept=".csv,.tsv,.txt,text/csv">{(props) => <Button {...props} variant={given ? "default" : "filled"} loading={busy && !given}>{given ? "Choose another file" : "Choose a file"}</Button>}</FileButton>}
      </PageHead>
      <Stack gap="md" onDragOver={(event) => { if (event.dataTransfer.types.includes("Files")) event.preventDefault(); }} onDrop={(event) => { event.preventDefault(); if (edits) take(event.dataTransfer.files[0] ?? null); }}>
        {fault && <Failed error={fault} />}
        {now && !edits && <Text size="sm">Your role here does not let you import people. An admin can give it, or import the file for you.</Text>}
        {edits && !given && <Teach />}
        {given && (
          <Card title={`What the columns of ${given.name} are`}>
            <Wide label="The columns" least={560}>
              <Table verticalSpacing={6} fz="sm">
                <Table.Thead><Table.Tr><Table.Th>In the file</Table.Th><Table.Th>Such as</Table.Th><Table.Th>It is</Table.Th><Table.Th>Called</Table.Th><Table.Th>Kind</Table.Th></Table.Tr></Table.Thead>
                <Table.Tbody>
                  {headings.map(({ heading, cells }, n) => {
                    const column = columns[n]!;
                    const attribute = column.to === "attribute";
                    return (
                      <Table.Tr key={n}>
                        <Table.Td fw={550}>{heading || `Column ${n + 1}`}</Table.Td>
                        <Table.Td c="dimmed">{cells.slice(0, 3).join(", ") || "empty"}</Table.Td>
                        <Table.Td><Select size="xs" w={140} aria-label={`What ${heading} is`} data={TO} value={column.to} onChange={(to) => to && set(n, { to: to as Column["to"], ...(to === "attribute" && !column.name ? { name: heading.toLowerCase().replaceAll(" ", "_") } : {}) })} /></Table.Td>
                        <Table.Td>{attribute && <TextInput size="xs" w={150} aria-label={`Name of ${heading}`} value={column.name ?? ""} onChange={(event) => set(n, { name: event.currentTarget.value })} />}</Table.Td>
                        <Table.Td>{attribute && <Select size="xs" w={190} aria-label={`Kind of ${heading}`} data={KINDS} value={column.type ?? "text"} onChange={(type) => type && set(n, { type: type as Column["type"] })} />}</Table.Td>
                      </Table.Tr>
                    );
                  })}
                </Table.Tbody>
              </Table>
            </Wide>
            <Checkbox mt="sm" size="sm" label="What changes may start journeys" description="Left out, people are only filled in: nobody gets a message because of the import." checked={starts} onChange={(event) => setStarts(event.currentTarget.checked)} />
            <Group justify="flex-end" mt="md"><Button loading={busy} variant={look ? "default" : "filled"} onClick={() => void attempt(async () => setLook(await data(api.POST("/api/imports/look", { body: asked() }))))}>Look through it</Button></Group>
          </Card>
        )}
        {given && look && (
          <Card title="What it will do">
            <Text size="sm" className="figures" role="status">
              {look.good === 0 && look.faulty === 0 ? "The file has only its first row, which names the columns: there is nobody in it." : <>{look.good.toLocaleString("en")} {look.good === 1 ? "row" : "rows"} can be imported{look.looked > 0 && <>: {look.looked < look.good && `of the first ${look.looked}, `}{look.new} new {look.new === 1 ? "person" : "people"}, {look.known} who {look.known === 1 ? "is" : "are"} known</>}. Empty cells change nothing.</>}
            </Text>
            {look.sample[0] && <Example row={look.sample[0]} />}
            {look.faulty > 0 && (
              <Alert color="yellow" variant="light" mt="sm">
                <Text size="sm" fw={600} mb={4}>{look.faulty.toLocaleString("en")} {look.faulty === 1 ? "row is" : "rows are"} left out</Text>
                <Stack component="ul" gap={2} m={0} pl="md">
                  {look.faults.map((each, n) => <Text component="li" size="sm" key={n}>Row {each.line}{each.column && `, ${each.column}`}: {quoted(each.message)}</Text>)}
                </Stack>
                {look.faulty > look.faults.length && <Text size="sm" mt={4}>These are the first.</Text>}
              </Alert>
            )}
            <Group justify="flex-end" mt="md"><Button loading={busy} disabled={!look.good} onClick={begin}>Import {look.good.toLocaleString("en")} {look.good === 1 ? "row" : "rows"}</Button></Group>
          </Card>
        )}
        <Work workspace={workspace} edits={edits} />
      </Stack>
    </>
  );
}

/** The first row as it would be kept: what was read wrongly, such as a date, is seen before it is imported. */
function Example({ row: { line, id, email, attributes } }: { row: Schemas["ImportLook"]["sample"][number] }) {
  const said = [["id", id], ["email", email], ...Object.entries(attributes)].filter(([, value]) => value !== "");
  return <Text size="sm" c="dimmed" mt={4} style={{ overflowWrap: "anywhere" }}>Row {line}, for example: {said.map(([name, value]) => `${String(name)} ${shown(value)}`).join(" · ")}</Text>;
}

const DATE = /^(\d{4})-(\d\d)-(\d\d)(?=$|T)/;

/** A date with its month in words, so that its order is seen. */
function shown(value: unknown): string {
  const date = typeof value === "string" && DATE.exec(value);
  if (date) return `${new Date(`${date[0]}T00:00Z`).toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" })}${date.input.slice(10, 16).replace("T", ", ")}`;
  return value === true ? "yes" : value === false ? "no" : plain(value);
}
