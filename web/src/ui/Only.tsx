/** Narrows a list to some of its rows, or widens it: one switch beside the search field, the same in every room. */
import { Switch } from "@mantine/core";

export function Only({ label, checked, onChange }: { label: string; checked: boolean; onChange: (checked: boolean) => void }) {
  return <Switch size="sm" ml={{ base: 0, xs: 6 }} mr={{ base: 0, xs: 6 }} label={label} checked={checked} onChange={(event) => onChange(event.currentTarget.checked)} />;
}
