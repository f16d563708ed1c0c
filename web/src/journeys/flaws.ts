/** What the server says of a file's fields, in the words of the form that shows them. Pure. */
import type { Field } from "./document";

/** `write \`at: "09:00"\`` is `write \`Time of day: 09:00\`` in the form that calls `at` so; what names no field of it stays. */
export function inForm(text: string, fields: readonly Field[]): string {
  return text.replace(/`(\w+)(?::(?: ([^`]*))?)?`/g, (whole, key: string, value: string | undefined) => {
    const field = fieldOf(key, fields);
    if (!field) return whole;
    return value === undefined ? `\`${field.title}\`` : `\`${field.title}: ${valueOf(value, field)}\``;
  });
}

/** The field of that key, the form's own before those within others. */
function fieldOf(key: string, fields: readonly Field[]): Field | undefined {
  return fields.find((field) => field.key === key) ?? fields.map((field) => field.fields && fieldOf(key, field.fields)).find(Boolean);
}

function valueOf(value: string, { choices, says }: Field): string {
  const plain = /^"([^"]*)"$/.exec(value)?.[1] ?? value;
  return says?.[choices?.indexOf(plain) ?? -1] ?? plain;
}
