/** One's own favourite, or not. */
import { ActionIcon } from "@mantine/core";
import { IconStar, IconStarFilled } from "@tabler/icons-react";
import { useQueryClient } from "@tanstack/react-query";
import { api } from "../api/client";
import { toldFault } from "../ui/told";
import type { Label } from "./labels";

export function Star({ of, title }: { of: Label; title: string }) {
  const client = useQueryClient();
  const flip = () => void api.PUT("/api/favourites/{kind}/{name}", { params: { path: { kind: of.kind, name: of.name } }, body: { on: !of.favourite } })
    .then(() => client.invalidateQueries({ queryKey: ["labels"] }), toldFault);
  return (
    <ActionIcon variant="subtle" color={of.favourite ? "yellow" : "gray"} c={of.favourite ? undefined : "gray.6"} size={24} aria-pressed={of.favourite} aria-label={`Favourite: ${title}`} onClick={flip}>
      {of.favourite ? <IconStarFilled size={15} /> : <IconStar size={15} />}
    </ActionIcon>
  );
}
