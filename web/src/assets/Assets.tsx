/** All pictures of a workspace: uploaded by dropping them anywhere on the page, found, narrowed, opened. */
import { Badge, Button, FileButton, Group, Text } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { useNavigate } from "@tanstack/react-router";
import { lazy, Suspense, useState } from "react";
import { Sections } from "../content/Sections";
import { Filters } from "../labels/Filters";
import { isNarrowed, useLabels } from "../labels/labels";
import { Nothing } from "../labels/Nothing";
import { RowMenu } from "../labels/RowMenu";
import { Star } from "../labels/Star";
import { may, session } from "../session/session";
import { Along, Order, Search, Unfound } from "../ui/ListPage";
import { Only } from "../ui/Only";
import { Empty, Failed, PageHead, Waiting } from "../ui/Page";
import { sorted, type Worth } from "../ui/sorted";
import { told, toldFault } from "../ui/told";
import { assets, TAKES, type Asset } from "./assets";
import { Card } from "./Card";
import { page, type Narrowed } from "./room";
import { Uploads, useUploads } from "./Uploads";

const WORTH: Worth<Asset> = { name: (each) => each.name, size: (each) => each.size, width: (each) => each.width, used: (each) => each.used_by.length };
const ORDERS = [{ value: "name", label: "By name" }, { value: "-size", label: "Largest file first" }, { value: "-width", label: "Widest first" }, { value: "-used", label: "Most used first" }, { value: "used", label: "Least used first" }];

const One = lazy(() => import("./One").then((module) => ({ default: module.One })));

export function Assets() {
  const { q = "", unused = false, open = "", ...by } = page.useSearch();
  const { workspace } = page.useParams();
  const { data: now } = useQuery(session);
  const found = useQuery(assets(workspace));
  const known = useLabels(workspace, ["asset"]);
  const navigate = useNavigate();
  const [over, setOver] = useState(false);
  const { sent, send, dismiss } = useUploads();
  const edits = !!now && may(now, workspace, "content:edit");
  const narrow = (more: Narrowed) => {
    const kept = Object.entries({ q, unused, open, ...by, ...more }).filter(([, value]) => value);
    void navigate({ to: ".", search: Object.fromEntries(kept), replace: true });
  };
  const take = async (files: readonly File[]) => {
    const made = await send(files);
    if (made.length === 1) { told(`${made[0]!.name} is uploaded.`); narrow({ q: undefined, open: made[0]!.name }); }
    else if (made.length) told(`${made.length} pictures are uploaded.`);
  };
  const duplicate = async (of: Asset) => {
    try {
      const bytes = await (await fetch(of.path)).blob();
      await take([new File([bytes], of.name.replace(/(\.[^.]*)?$/, "-copy$1"), { type: bytes.type })]);
    } catch (error) {
      toldFault(error as Error);
    }
  };
  const all = sorted(found.data?.assets ?? [], by.sort ?? "name", WORTH);
  const shown = all.filter((each) => known.fits(known.of("asset", each.name), by) && (!unused || each.used_by.length === 0) && `${each.name} ${each.says}`.toLowerCase().includes(q.trim().toLowerCase()));
  const chosen = all.find((each) => each.name === open);
  const add = edits ? (
    <FileButton onChange={(files) => void take(files)} accept={TAKES} multiple inputProps={{ "aria-label": "Files to upload" }}>
      {(props) => <Button {...props} leftSection={<IconUpload size={15} />}>Upload</Button>}
    </FileButton>
  ) : undefined;
  return (
    <>
      <Sections workspace={workspace} />
      <div className="asset-drop" data-over={over || undefined} onDragOver={(event) => { if (!edits || !event.dataTransfer.types.includes("Files")) return; event.preventDefault(); setOver(true); }}
        onDragLeave={(event) => { if (!event.currentTarget.contains(event.relatedTarget as Node | null)) setOver(false); }}
        onDrop={(event) => { event.preventDefault(); setOver(false); if (edits) void take([...event.dataTransfer.files]); }}>
        <PageHead title="Assets" about="Pictures that your messages show. Drop files anywhere on this page.">{add}</PageHead>
        <Along>
        <Group mb="sm" gap="xs">
          <Search value={q} placeholder="Search names and what they show" onChange={(text) => narrow({ q: text })} />
          <Order choices={ORDERS} value={by.sort} onChange={(sort) => narrow({ sort })} />
          <Only label="Unused" checked={unused} onChange={(unused) => narrow({ unused })} />
          <Filters by={by} folders={known.folders} tags={known.tags} narrow={narrow} />
        </Group>
        <Uploads sent={sent} dismiss={dismiss} />
        {found.error ? <Failed error={found.error} again={() => void found.refetch()} /> : !found.data ? <Waiting rows={5} />
          : shown.length > 0 ? (
            <ul className="asset-grid" aria-label="Pictures">
              {shown.map((each) => {
                const label = known.of("asset", each.name);
                return (
                  <Card key={each.name} of={each} onOpen={() => narrow({ open: each.name })}>
                    <span className="asset-star"><Star of={label} title={each.name} /></span>
                    {each.draft !== null && each.in_force && <Badge className="asset-mark" variant="filled" color="accent">Not live yet</Badge>}
                    {edits && <span className="asset-more"><RowMenu of={label} title={each.name} folders={known.folders} tags={known.tags} copy={() => void duplicate(each)} /></span>}
                  </Card>
                );
              })}
            </ul>
          ) : q ? <Unfound value={q} onChange={(text) => narrow({ q: text })} />
          : unused || isNarrowed(by) || known.away ? <Nothing by={by} more={unused} />
          : <Empty title="No pictures yet">Drop your logo or a photograph here, then choose it in an image block or as your brand’s logo. PNG, JPEG, GIF or WebP up to 5 MB, best some 1,200 pixels wide. Where a photograph was taken is left out.</Empty>}
        </Along>
        {found.data && found.data.held > 0 && <Text size="sm" c={found.data.held > found.data.most * 0.8 ? "var(--bad)" : "dimmed"} mt="md">{Math.max(1, Math.round(found.data.held / (1 << 20))).toLocaleString("en")} of {Math.round(found.data.most / (1 << 20)).toLocaleString("en")} MB are taken. What is deleted counts too, so that it can be brought back and mail that was sent still shows it; Erase gives its place free.</Text>}
      </div>
      {chosen && <Suspense fallback={null}><One key={chosen.name} workspace={workspace} of={chosen} onClose={() => narrow({ open: undefined })} onCalled={(name) => narrow({ open: name })} /></Suspense>}
    </>
  );
}
