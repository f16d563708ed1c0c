/** What a journey can do next, in plain words, grouped; a letter or two finds one. */
import { Modal, Text, TextInput } from "@mantine/core";
import { IconSearch } from "@tabler/icons-react";
import { useState, type KeyboardEvent } from "react";
import type { Forms } from "./document";
import styles from "./Edit.module.css";
import { iconOf } from "./icons";

const GROUPS = [["message", "Messages"], ["time", "Time"], ["way", "Ways"], ["data", "People and data"], ["out", "Other systems"]] as const;

export function Palette({ forms, opened, onClose, onPick }: { forms: Forms; opened: boolean; onClose: () => void; onPick: (kind: string) => void }) {
  const [typed, setTyped] = useState("");
  const wanted = typed.trim().toLowerCase();
  const found = Object.entries(forms.steps).filter(([key, form]) => `${form.title} ${form.about} ${key}`.toLowerCase().includes(wanted));
  const groups = [...GROUPS, ["", "More"] as const].map(([group, title]) => [title, found.filter(([, form]) => (form.group ?? "") === group)] as const).filter(([, own]) => own.length);
  const pick = (kind: string) => { setTyped(""); onPick(kind); };
  return (
    <Modal opened={opened} onClose={() => { setTyped(""); onClose(); }} title="Add a step" size="lg" returnFocus>
      <div onKeyDown={walk}>
        <TextInput data-autofocus aria-label="Find a kind of step" placeholder="Find: send, wait, branch…" leftSection={<IconSearch size={15} />} value={typed} onChange={(event) => setTyped(event.currentTarget.value)}
          onKeyDown={(event) => { const [only] = groups[0]?.[1][0] ?? []; if (event.key === "Enter" && wanted && only) pick(only); }} />
        {groups.map(([title, own]) => (
          <section key={title} aria-label={title}>
            <h3 className={styles.group}>{title}</h3>
            <div className={styles.kinds}>
              {own.map(([kind, form]) => {
                const Icon = iconOf(form.group);
                return <button key={kind} type="button" className={styles.kind} data-kind={kind} onClick={() => pick(kind)}><Icon size={16} aria-hidden style={{ marginTop: 2, flex: "none" }} /><span><b>{form.title}</b><small>{form.about}</small></span></button>;
              })}
            </div>
          </section>
        ))}
        {!groups.length && <Text size="sm" c="dimmed" mt="md">Nothing is called that.</Text>}
      </div>
    </Modal>
  );
}

function walk(event: KeyboardEvent<HTMLElement>) {
  const by = { ArrowDown: 2, ArrowUp: -2, ArrowRight: 1, ArrowLeft: -1 }[event.key];
  if (!by) return;
  const all = [...event.currentTarget.querySelectorAll<HTMLElement>("[data-kind]")];
  const at = all.indexOf(document.activeElement as HTMLElement);
  if (at < 0 && event.key !== "ArrowDown") return;
  event.preventDefault();
  all[at < 0 ? 0 : Math.min(Math.max(at + by, 0), all.length - 1)]?.focus();
}
