/** How a text was before: each version with what it changed, compared with any other, and the way back, as a draft that is published like any other. */
import { Button, Group, Select, Text } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { useNames } from "../journeys/called";
import { Who } from "../journeys/Who";
import { Dialog } from "../ui/Dialog";
import { Given, Order } from "../ui/ListPage";
import { ago, Moment } from "../ui/moment";
import { Failed, Waiting } from "../ui/Page";
import { Compare, type Side } from "./Compare";
import { contents, type Kind, type Source } from "./piece";
import type { With } from "./Preview";
import { shownIn } from "./shownIn";

type Version = Schemas["TextVersion"];
const ORDERS = [{ value: "-number", label: "Newest first" }, { value: "number", label: "Oldest first" }];
/** A draft has no number yet: it is the newest. */
const WORTH = { number: (side: Side) => side.number || Infinity };
interface Props { workspace: string; kind: Kind; name: string; edits: boolean; previews: boolean; stamp: string; chosen: With; onChoose: (chosen: With) => void; onClose: () => void; onRestore: (source: Source) => void }

export function Versions({ workspace, kind, name, edits, previews, stamp, chosen, onChoose, onClose, onRestore }: Props) {
  const found = useQuery({ queryKey: ["content", workspace, kind, name, "versions"], queryFn: () => data(api.GET("/api/content/{kind}/{name}/versions", { params: { path: { kind, name } } })) });
  const { data: all } = useQuery({ ...contents(workspace), enabled: kind !== "template" });
  const [through = ""] = previews ? shownIn(all?.pieces ?? [], kind, name) : [];
  const narrow = useMediaQuery("(max-width: 62em)", false);
  const [open, setOpen] = useState<number | null>(null);
  const [against, setAgainst] = useState<number | null>(null);
  const [q, setQ] = useState("");
  const [sort, setSort] = useState<string | undefined>();
  const names = useNames(workspace);
  const versions = found.data?.versions ?? [];
  const by = ({ number }: Side) => { const own = versions.find((each) => each.number === number); return own ? `${own.author} ${names.member(own.author)} ${own.approver}` : ""; };
  const sides: Side[] = [...(stamp ? [{ number: 0, says: "Draft", at: stamp }] : []), ...versions.map((each, n) => ({ number: each.number, says: says(each, n), at: String(each.number) }))];
  const at = open === null ? 0 : Math.max(0, sides.findIndex((side) => side.number === open));
  const chosenSide = sides[at];
  const other = sides.find((side) => side.number === against && side !== chosenSide) ?? sides[at + 1] ?? sides[at - 1];
  const version = versions.find((each) => each.number === chosenSide?.number);
  const turned = other !== undefined && chosenSide !== undefined && sides.indexOf(other) < at;
  return (
    <Dialog onClose={onClose} title={`Versions of ${name}`} size="82rem" fullScreen={narrow}>
      {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
      {!found.data && !found.error && <Waiting rows={4} />}
      {found.data && versions.length === 0 && <Text size="sm" c="dimmed">It was never published. From the first time on, each version stands here with what it changed.</Text>}
      {versions.length > 0 && chosenSide && (
        <div className="versions">
          <div className="version-list">
            <Given<Side>
              title="Versions"
              rows={sides.filter((side) => `${side.says} ${by(side)}`.toLowerCase().includes(q.toLowerCase()))}
              search={sides.length > 5 ? { value: q, placeholder: "Search by who or what", onChange: setQ } : undefined}
              filters={sides.length > 5 && <Order choices={ORDERS} value={sort} onChange={setSort} />}
              sorts={{ by: sort, worth: WORTH, onChange: setSort }}
              idOf={(side) => String(side.number)}
              draw={(shown) => (
                <ol aria-label="Versions">
                  {shown.map((side) => {
                    const own = versions.find((each) => each.number === side.number);
                    return (
                      <li key={side.number} data-item>
                        <button type="button" data-row className="version" aria-current={side === chosenSide} onClick={() => { setOpen(side.number); setAgainst(null); }}>
                          {side.says}
                          <small>{own ? <>{own.author ? <Who workspace={workspace} of={own.author} /> : "from files"}{own.approver && <>, approved by <Who workspace={workspace} of={own.approver} /></>}, <Moment at={own.at} /></> : "Not published yet"}</small>
                        </button>
                      </li>
                    );
                  })}
                </ol>
              )}
              empty={null}
            />
          </div>
          <div>
            <Group justify="space-between" align="flex-end" mb="md">
              {other && <Select w={320} label="Compared with" data={sides.filter((side) => side !== chosenSide).map((side) => ({ value: String(side.number), label: named(side, versions) }))} value={String(other.number)} onChange={(to) => setAgainst(to === null ? null : Number(to))} />}
              {edits && version?.text && !(versions[0] === version && !stamp) && <Button size="sm" variant="default" onClick={() => onRestore({ text: version.text, format: version.format })}>Restore as draft</Button>}
            </Group>
            {other ? <Compare workspace={workspace} kind={kind} name={name} older={turned ? chosenSide : other} newer={turned ? other : chosenSide} through={through} chosen={chosen} onChoose={onChoose} />
              : <Text size="sm" c="dimmed">This is the only version: there is nothing yet to compare it with.</Text>}
          </div>
        </div>
      )}
    </Dialog>
  );
}

function says(version: Version, n: number): string {
  return `${version.note || (version.text ? "Published" : "Deleted")}${n === 0 && version.text ? " (in force)" : ""}`;
}

function named(side: Side, versions: readonly Version[]): string {
  const own = versions.find((each) => each.number === side.number);
  return own ? `${side.says}, ${ago(own.at)}` : side.says;
}
