/** The two parts of content: messages with what they are made of, and pictures. */
import { Tabs } from "../ui/Tabs";

export function Sections({ workspace }: { workspace: string }) {
  return <Tabs label="Content" base={`/${encodeURIComponent(workspace)}/content`} tabs={[["", "Messages"], ["assets", "Assets"]]} />;
}
