/** A form drawn from a JSON Schema: a provider that is added tomorrow has its form without a line of this. */
import { Button, Group, NumberInput, PasswordInput, Select, Stack, Switch, Text, TextInput } from "@mantine/core";
import { useState } from "react";
import { without } from "./useSettings";

export interface Field {
  name: string;
  label: string;
  kind: "text" | "number" | "choice" | "switch" | "secret";
  choices: string[];
  default: unknown;
  required: boolean;
  minimum?: number;
  maximum?: number;
  whole: boolean;
}

interface Property { type?: string; enum?: unknown[]; default?: unknown; minimum?: number; maximum?: number }

export function fieldsOf(schema: Record<string, unknown>): Field[] {
  const required = (schema.required as string[] | undefined) ?? [];
  return Object.entries((schema.properties as Record<string, Property> | undefined) ?? {}).map(([name, each]) => ({
    name,
    label: labelOf(name),
    kind: name.endsWith("_env") ? "secret" : each.enum ? "choice" : each.type === "boolean" ? "switch" : each.type === "integer" || each.type === "number" ? "number" : "text",
    choices: (each.enum ?? []).map(String),
    default: each.default,
    required: required.includes(name),
    minimum: each.minimum,
    maximum: each.maximum,
    whole: each.type === "integer",
  }));
}

/** `auth_token_env` is read as “Auth token”. */
export function labelOf(name: string): string {
  const words = name.replace(/_env$/, "").replaceAll("_", " ").replace(/\b(url|sid|id|api)\b/g, (word) => word.toUpperCase());
  return words[0]!.toUpperCase() + words.slice(1);
}

/** Under which name a secret that is typed here is stored. */
export function secretName(channel: string, provider: string, field: string): string {
  return `${channel}_${provider}_${field.replace(/_env$/, "")}`.toUpperCase().replace(/[^A-Z0-9_]/g, "_");
}

const CHOICES: Record<string, string> = { starttls: "STARTTLS (usual, port 587)", tls: "TLS from the first byte (port 465)", none: "None (only inside your network)" };

interface Props {
  schema: Record<string, unknown>;
  values: Record<string, unknown>;
  secrets: Record<string, string>;
  stored: { name: string; hint: string }[];
  onChange: (values: Record<string, unknown>) => void;
  onSecret: (secrets: Record<string, string>) => void;
  faultOf: (field: string) => string | undefined;
}

export function SchemaForm({ schema, values, secrets, stored, onChange, onSecret, faultOf }: Props) {
  const [all, setAll] = useState(false);
  const fields = fieldsOf(schema);
  // what has a number for its default is for whoever knows why
  const seldom = (field: Field) => !field.required && (field.kind === "number" ? field.name !== "port" : ["trust", "hostname", "url", "help"].includes(field.name));
  const hidden = fields.filter((field) => seldom(field) && !faultOf(field.name) && values[field.name] === undefined);
  const set = (name: string, value: unknown) => {
    const others = without(values, name);
    onChange(value === undefined || value === "" ? others : { ...others, [name]: value });
  };
  if (!fields.length) return <Text size="sm" c="dimmed">It needs no settings.</Text>;
  return (
    <Stack gap="sm">
      {fields.filter((field) => all || !hidden.includes(field)).map((field) => {
        const value = values[field.name];
        const common = { label: field.label, w: 340, error: faultOf(field.name), required: field.required };
        switch (field.kind) {
          case "secret":
            return <SecretField key={field.name} field={field} named={typeof value === "string" ? value : ""} stored={stored} typed={secrets[field.name] ?? ""} error={common.error} onType={(typed) => onSecret({ ...secrets, [field.name]: typed })} />;
          case "choice":
            return <Select key={field.name} {...common} data={field.choices.map((each) => ({ value: each, label: CHOICES[each] ?? each }))} value={String(value ?? field.default ?? "")} onChange={(next) => set(field.name, next === field.default ? undefined : (next ?? undefined))} />;
          case "switch":
            return <Switch key={field.name} label={field.label} checked={Boolean(value ?? field.default)} onChange={(event) => set(field.name, event.currentTarget.checked)} />;
          case "number":
            return <NumberInput key={field.name} {...common} hideControls allowDecimal={!field.whole} min={field.minimum} max={field.maximum} placeholder={field.name === "port" ? "by itself" : String(field.default ?? "")}
              value={typeof value === "number" ? value : ""} onChange={(next) => set(field.name, typeof next === "number" ? next : undefined)} />;
          default:
            return <TextInput key={field.name} {...common} placeholder={field.name === "host" ? "smtp.your-provider.com" : undefined} value={String(value ?? field.default ?? "")} onChange={(event) => set(field.name, event.currentTarget.value)} />;
        }
      })}
      {hidden.length > 0 && <Group><Button size="compact-xs" variant="subtle" onClick={() => setAll(!all)}>{all ? "Fewer settings" : `${hidden.length} more ${hidden.length === 1 ? "setting" : "settings"}, seldom needed`}</Button></Group>}
    </Stack>
  );
}

function SecretField({ field, named, stored, typed, error, onType }: { field: Field; named: string; stored: { name: string; hint: string }[]; typed: string; error?: string; onType: (typed: string) => void }) {
  const kept = stored.find((each) => each.name === named);
  const says = kept ? `Stored${kept.hint ? `, ends with ${kept.hint}` : ""}. Type a new one to replace it.` : named ? `Read from the environment as ${named}. Type one to use that instead.` : "It is encrypted, and never shown again.";
  return (
    <PasswordInput label={field.label} w={340} autoComplete="new-password" description={says} required={field.required && !named} error={error} value={typed}
      placeholder={named ? "unchanged" : ""} onChange={(event) => onType(event.currentTarget.value)} visibilityToggleButtonProps={{ "aria-label": "Show what is typed" }} />
  );
}
