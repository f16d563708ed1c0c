/** The part of the list of people that narrows it by an index. */
import { Select, TextInput } from "@mantine/core";
import { useDebouncedCallback } from "@mantine/hooks";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data } from "../api/client";
import { clears } from "../ui/clears";
import type { Asked } from "./room";

/** Only a segment's members, or whose indexed attribute has a value: answered by an index, however many people there are. */
export function Narrow({ workspace, ready, asked, go }: { workspace: string; ready: string[]; asked: Asked; go: (next: Asked) => void }) {
  const segments = useQuery({ queryKey: ["segments", workspace], queryFn: async () => (await data(api.GET("/api/segments"))).segments }).data ?? [];
  const [text, setText] = useState(asked.value ?? "");
  const tell = useDebouncedCallback((value: string) => go({ value }), 300);
  return (
    <>
      {segments.length > 0 && <Select aria-label="Segment" placeholder="Any segment" w={170} clearable clearButtonProps={clears("Any segment")} searchable data={segments.map((each) => ({ value: each.segment, label: each.name }))} value={asked.segment ?? null} onChange={(segment) => go({ segment: segment ?? "" })} />}
      {ready.length > 0 && <Select aria-label="Attribute" placeholder="Any attribute" w={150} clearable clearButtonProps={clears("Any attribute")} data={ready} value={asked.attribute ?? null} onChange={(attribute) => { setText(""); go({ attribute: attribute ?? "", value: "" }); }} />}
      {asked.attribute && ready.includes(asked.attribute) && <TextInput aria-label={`Value of ${asked.attribute}`} placeholder="pro, pro* or 10..20" w={160} value={text} onChange={(event) => { setText(event.currentTarget.value); tell(event.currentTarget.value); }} />}
    </>
  );
}
