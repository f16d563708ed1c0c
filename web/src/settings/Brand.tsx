/** What all mail has in common: name, logo, colours, the address in the footer; with a preview beside the fields. */
import { Button, ColorInput, Group, Select, SimpleGrid, Stack, Text, Textarea, TextInput } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { lazy, Suspense, useState, type ReactNode } from "react";
import { Refused } from "../api/client";
import { assets } from "../assets/assets";
import { may, session } from "../session/session";
import { Card } from "../ui/Card";
import { meantAddress } from "../ui/address";
import { Failed, PageHead, Waiting } from "../ui/Page";
import classes from "./Brand.module.css";
import { useSettings } from "./useSettings";

const Pick = lazy(() => import("../assets/Pick").then((module) => ({ default: module.Pick })));
const USUAL: Record<string, string> = { accent: "#0f766e", background: "#f3f4f6", text: "#1f2937", font: "Helvetica, Arial, sans-serif" };
/** Fonts that stand on every machine, each with what takes its place where it does not. */
const FONTS: Record<string, string> = {
  "Helvetica, Arial, sans-serif": "Helvetica or Arial", "Verdana, Geneva, sans-serif": "Verdana, wide", "Tahoma, Verdana, sans-serif": "Tahoma, narrow", "Trebuchet MS, Arial, sans-serif": "Trebuchet, rounder",
  "Georgia, Times New Roman, serif": "Georgia, with serifs", "Times New Roman, Times, serif": "Times, with serifs", "Courier New, Courier, monospace": "Courier, as a typewriter",
};
/** One that somebody wrote in the files stays to be chosen. */
const fonts = (now: string) => [...Object.entries(FONTS).map(([value, label]) => ({ value, label })), ...(now && !(now in FONTS) ? [{ value: now, label: now }] : [])];
const SWATCHES = ["#0f766e", "#1d4ed8", "#6d28d9", "#be185d", "#b91c1c", "#c2410c", "#15803d", "#111827"];
const COLOUR = /^#[0-9a-f]{6}$/i;

export function Brand() {
  const { workspace, found, document } = useSettings();
  const { data: now } = useQuery(session);
  if (found.error) return <Failed whole error={found.error} again={() => void found.refetch()} />;
  if (!document || !now) return <Waiting head />;
  return (
    <>
      <PageHead title="Brand" about="What all mail has in common. Layouts and templates read it when a message is made, so a change shows in the next one." />
      <Form key={found.data!.etag} edits={may(now, workspace, "settings:edit")} />
    </>
  );
}

function Form({ edits }: { edits: boolean }) {
  return <BrandForm edits={edits} around={(fields, preview) => <div className={classes.columns}><Card title="Your brand">{fields}</Card>{preview}</div>} />;
}

/** Asked once, in the first steps: what the page of settings asks, with its preview below. `kept`: called when it is. */
export function FirstBrand({ kept }: { kept: () => void }) {
  const { document } = useSettings();
  if (!document) return <Waiting rows={3} />;
  return (
    <Stack gap="sm" maw={560}>
      <Text size="sm">Asked once: layouts and templates read it, and a change shows in the next mail.</Text>
      <BrandForm edits kept={kept} needs="address" around={(fields, preview) => <>{fields}{preview}</>} />
    </Stack>
  );
}

/** `around`: puts the fields and the preview in their places; `needs`: what has to be said before it can be saved. */
function BrandForm({ edits, around, kept, needs }: { edits: boolean; around: (fields: ReactNode, preview: ReactNode) => ReactNode; kept?: () => void; needs?: string }) {
  const { workspace, document, save } = useSettings();
  const before: Record<string, string> = document?.brand ?? {};
  const [form, setForm] = useState<Record<string, string>>({ name: "", logo: "", website: "", address: "", ...USUAL, ...before });
  const [picks, setPicks] = useState(false);
  const { data: pictures } = useQuery(assets(workspace));
  const refused = save.error instanceof Refused ? save.error : null;
  const set = (name: string) => (value: string) => setForm({ ...form, [name]: value });
  const text = (name: string) => ({ value: form[name], disabled: !edits, error: refused?.of(`brand.${name}`), onChange: (event: React.ChangeEvent<HTMLInputElement | HTMLTextAreaElement>) => set(name)(event.currentTarget.value) });
  const colour = (name: string) => ({ value: form[name], disabled: !edits, format: "hex" as const, error: refused?.of(`brand.${name}`), onChange: set(name), withEyeDropper: false });
  // what is as usual and was not said before stays unsaid, so that the file stays as it was
  const said = Object.fromEntries(Object.entries(form).map(([name, value]): [string, string] => [name, value.trim()]).filter(([name, value]) => value && (value !== USUAL[name] || name in before)));
  const same = JSON.stringify(Object.entries(said).sort()) === JSON.stringify(Object.entries(before).sort());
  return around(
    <form onSubmit={(event) => { event.preventDefault(); save.mutate({ change: { brand: Object.keys(said).length ? said : undefined }, says: "Every mail has these looks now." }, { onSuccess: kept }); }}>
      <Stack gap="sm">
        <TextInput label="Your name, as people know it" placeholder={workspace} {...text("name")} />
        <Group align="flex-end" gap="xs" wrap="nowrap">
          <TextInput flex={1} label="Your logo" description="A picture of yours, or its address on the web" placeholder="https://your-shop.com/logo.png" {...text("logo")} />
          {edits && <Button variant="default" onClick={() => setPicks(true)}>Choose…</Button>}
        </Group>
        {picks && <Suspense fallback={null}><Pick workspace={workspace} title="Choose your logo" now={form.logo} onClose={() => setPicks(false)} onPick={(asset) => set("logo")(asset.name)} /></Suspense>}
        <TextInput label="Your website" placeholder="https://your-shop.com" {...text("website")} onBlur={() => set("website")(meantAddress(form.website!))} />
        <SimpleGrid cols={{ base: 1, xs: 3 }} spacing="sm">
          <ColorInput label="Buttons and links" swatches={SWATCHES} {...colour("accent")} />
          <ColorInput label="Text" swatches={["#111827", "#1f2937", "#374151", "#ffffff"]} {...colour("text")} />
          <ColorInput label="Around the mail" swatches={["#ffffff", "#f3f4f6", "#fef7ed", "#eef6f5", "#111827"]} {...colour("background")} />
        </SimpleGrid>
        <Select label="Font" description="Those that every mail program has" data={fonts(form.font ?? "")} value={form.font} disabled={!edits} error={refused?.of("brand.font")} allowDeselect={false} onChange={(value) => value && set("font")(value)} />
        <Textarea label="Postal address for the footer" description="The law asks for it below marketing mail" autosize minRows={2} {...text("address")} />
        {edits && <Group><Button type="submit" loading={save.isPending} disabled={same || (needs !== undefined && !form[needs]?.trim())}>Save</Button></Group>}
      </Stack>
    </form>,
    <Preview form={form} name={form.name?.trim() || workspace} logo={pictures?.assets.find((each) => each.name === form.logo)?.path} />,
  );
}

function Preview({ form, name, logo }: { form: Record<string, string>; name: string; logo: string | undefined }) {
  const of = (key: string) => (COLOUR.test(form[key] ?? "") ? form[key]! : USUAL[key]!);
  return (
    <section aria-label="Preview" className={classes.mail} style={{ background: of("background"), color: of("text"), fontFamily: form.font || USUAL.font }}>
      <div className={classes.head}>{logo ? <img src={logo} alt={name} className={classes.picture} /> : form.logo ? <span className={classes.logo}>your logo</span> : <strong>{name}</strong>}</div>
      <div className={classes.body}>
        <div className={classes.title}>Welcome, Ada</div>
        <p>This is how a mail from {name} looks.</p>
        <span className={classes.button} style={{ background: of("accent"), color: ink(of("accent")) }}>Take a look</span>
      </div>
      <Text size="xs" className={classes.foot} style={{ color: of("text") }}>{form.address?.trim() || "Your postal address stands here"}</Text>
    </section>
  );
}

/** Black or white, whichever reads better on a colour (relative luminance of WCAG 2). */
function ink(colour: string): string {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5].map((at) => {
    const part = parseInt(colour.slice(at, at + 2), 16) / 255;
    return part <= 0.03928 ? part / 12.92 : ((part + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue > 0.179 ? "#000" : "#fff";
}
