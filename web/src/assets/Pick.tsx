/** Chooses a picture for a place: one that is there, or one uploaded on the spot; and asks what it shows. */
import { Button, FileButton, Group, Text, TextInput } from "@mantine/core";
import { IconUpload } from "@tabler/icons-react";
import { useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { api } from "../api/client";
import { useLabels } from "../labels/labels";
import { Dialog } from "../ui/Dialog";
import { Empty, Failed, Waiting } from "../ui/Page";
import { assets, TAKES, type Asset } from "./assets";
import { Card } from "./Card";
import { Uploads, useUploads } from "./Uploads";

interface Props {
  workspace: string;
  title: string;
  /** The name of the picture that is there now. */
  now?: string;
  /** Whether it is asked what the picture shows. */
  asks?: boolean;
  onClose: () => void;
  onPick: (asset: Asset, says: string) => void;
}

export function Pick({ workspace, title, now = "", asks = false, onClose, onPick }: Props) {
  const found = useQuery(assets(workspace));
  const known = useLabels(workspace, ["asset"]);
  const client = useQueryClient();
  const [q, setQ] = useState("");
  const [chosen, setChosen] = useState(now);
  const [says, setSays] = useState<string | null>(null);
  const [over, setOver] = useState(false);
  const { sent, send, dismiss } = useUploads();
  const all = (found.data?.assets ?? []).filter((each) => known.of("asset", each.name).archived === null);
  const shown = all.filter((each) => `${each.name} ${each.says}`.toLowerCase().includes(q.trim().toLowerCase()));
  const asset = all.find((each) => each.name === chosen);
  const choose = (name: string) => { setChosen(name); setSays(null); };
  const take = async (files: readonly File[]) => {
    const made = await send(files);
    if (made.length) { setQ(""); choose(made.at(-1)!.name); }
  };
  const use = () => {
    if (!asset) return;
    const words = (says ?? asset.says).trim();
    if (asks && words && !asset.says) void api.PUT("/api/assets/{name}/says", { params: { path: { name: asset.name } }, body: { says: words } }).then(() => client.invalidateQueries({ queryKey: ["content", workspace, "assets"] }), () => undefined);
    onPick(asset, words);
    onClose();
  };
  return (
    <Dialog onClose={onClose} title={title} size="xl">
      <div className="asset-drop" data-over={over || undefined} onDragOver={(event) => { event.preventDefault(); setOver(true); }} onDragLeave={() => setOver(false)}
        onDrop={(event) => { event.preventDefault(); setOver(false); void take([...event.dataTransfer.files]); }}>
        <Group mb="md" gap="xs">
          <TextInput flex={1} aria-label="Search pictures" placeholder="Search pictures" value={q} onChange={(event) => setQ(event.currentTarget.value)} data-autofocus />
          <FileButton onChange={(files) => void take(files)} accept={TAKES} multiple inputProps={{ "aria-label": "Files to upload" }}>
            {(props) => <Button {...props} variant="default" leftSection={<IconUpload size={15} />}>Upload</Button>}
          </FileButton>
        </Group>
        <Uploads sent={sent} dismiss={dismiss} />
        {found.error && <Failed error={found.error} again={() => void found.refetch()} />}
        {!found.data && !found.error && <Waiting rows={4} />}
        {found.data && (all.length === 0 ? <Empty title="No pictures yet">Drop a file here, or upload one: PNG, JPEG, GIF or WebP, best some 1,200 pixels wide.</Empty>
          : shown.length === 0 ? <Text size="sm" c="dimmed">No picture is called so.</Text>
          : <ul className="asset-grid" aria-label="Pictures" style={{ maxHeight: "min(44vh, 420px)", overflow: "auto", padding: 3 }}>
              {shown.map((each) => <Card key={each.name} of={each} pressed={each.name === chosen} onOpen={() => choose(each.name)} />)}
            </ul>)}
      </div>
      {asks && asset && <TextInput mt="md" label="What does it show?" description="Read to people who can't see it. Empty: it only decorates." placeholder="Three colleagues at a table" maxLength={300} value={says ?? asset.says} onChange={(event) => setSays(event.currentTarget.value)} onKeyDown={(event) => { if (event.key === "Enter") { event.preventDefault(); use(); } }} />}
      <Group justify="flex-end" mt="md">
        <Button variant="default" onClick={onClose}>Cancel</Button>
        <Button disabled={!asset} onClick={use}>Use this picture</Button>
      </Group>
    </Dialog>
  );
}
