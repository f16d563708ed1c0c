/** Marks an event as what it is besides: events that this workspace derives from others. */
import { Badge } from "@mantine/core";

export function Derived({ names }: { names: string[] }) {
  return <>{names.map((name) => <Badge key={name} component="span" ml={4} title="A derived event: this one is also called so">also {name}</Badge>)}</>;
}
