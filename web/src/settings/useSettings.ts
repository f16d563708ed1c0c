/** The settings of the workspace, read with their revision and written over exactly that. */
import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { api, Refused, tagged, type Schemas } from "../api/client";
import { workspace as place } from "../app/routes";
import { told, toldFault } from "../ui/told";
import { latin } from "../ui/latin";

export interface Sender { email: string; name?: string; reply_to?: string }
export interface Topic { name: string; description?: string; subscribed?: boolean }
export interface Hours { between: [string, string]; days?: string | string[]; zone?: string }
export interface Document {
  workspace: string;
  timezone?: string;
  sender?: string;
  expires?: string;
  approval?: boolean;
  senders?: Record<string, Sender>;
  topics?: Record<string, Topic>;
  channels?: Record<string, Record<string, unknown>>;
  limits?: Record<string, string>;
  brand?: Record<string, string>;
  quiet?: Record<string, Hours>;
  control_group?: string;
}

/** `undone`: it puts back what a save changed, and can't be taken back in turn. */
interface Saved { change: Partial<Document>; says?: string; undone?: boolean }

export function useSettings() {
  const { workspace } = place.useParams();
  const client = useQueryClient();
  const found = useQuery({ queryKey: ["settings", workspace], queryFn: () => tagged<Schemas["InUse"]>(api.GET("/api/settings")) });
  const document = found.data?.data.settings as unknown as Document | undefined;
  const save = useMutation({
    mutationFn: async ({ change }: Saved) => {
      const now = client.getQueryData<NonNullable<typeof found.data>>(["settings", workspace])!;
      const before = now.data.settings as unknown as Document;
      const whole = Object.fromEntries(Object.entries({ ...before, ...change }).filter(([, value]) => value !== undefined));
      const kept = (await api.PUT("/api/settings", { body: { settings: whole, note: "" }, headers: { "If-Match": now.etag } })).data!;
      return { waiting: kept.waiting, before: Object.fromEntries(Object.keys(change).map((key) => [key, before[key as keyof Document]])) as Partial<Document> };
    },
    onSuccess: async ({ waiting, before }, { says, undone }) => {
      await client.invalidateQueries({ queryKey: ["settings", workspace] });
      told(waiting ? `This waits for approval, as number ${waiting}.` : (says ?? "Saved."), waiting || undone ? undefined : () => save.mutate({ change: before, says: "It is as it was.", undone: true }));
      void client.invalidateQueries({ queryKey: ["approvals", workspace] });
    },
    onError: (error) => {
      if (!(error instanceof Refused) || error.faults.every((fault) => !fault.where)) toldFault(error);
      if (error instanceof Refused && error.code === "overtaken") void client.invalidateQueries({ queryKey: ["settings", workspace] });
    },
  });
  return { workspace, found, document, confirmed: found.data?.data.confirmed ?? [], mailed: found.data?.data.mailed ?? {}, save };
}

/** A table without one of its entries. */
export function without<T>(table: Record<string, T>, name: string): Record<string, T> {
  return Object.fromEntries(Object.entries(table).filter(([key]) => key !== name));
}

/** A name for what somebody calls something: small letters, digits and dashes. */
export function nameOf(title: string, taken: string[]): string {
  const plain = latin(title).toLowerCase().replace(/[^a-z0-9]+/g, "-").replace(/^-+|-+$/g, "").slice(0, 40) || "new";
  let name = plain;
  for (let n = 2; taken.includes(name); n++) name = `${plain}-${n}`;
  return name;
}
