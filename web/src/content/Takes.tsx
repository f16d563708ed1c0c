/** Which journeys send a text from the moment it is published, and who in them gets it as it was. */
import { Anchor, Text } from "@mantine/core";
import { Link } from "@tanstack/react-router";
import type { Schemas } from "../api/client";
import { useNames } from "../journeys/called";

interface Props { workspace: string; takes: readonly string[]; closed: readonly string[]; keeps: readonly Schemas["KeptBy"][] }

export function Takes({ workspace, takes, closed, keeps }: Props) {
  const names = useNames(workspace);
  const keeper = ({ journey, version, people }: Schemas["KeptBy"]) => {
    const [who, get] = people === 1 ? ["1 person who finishes", "gets"] : [`${people.toLocaleString("en")} people who finish`, "get"];
    return ` ${who} on version ${version} of ${names.journey(journey)} ${get} it as it was.`;
  };
  if (!takes.length) return <Text size="sm" mb={10}>No live journey sends it.</Text>;
  const which = closed.length ? (takes.length === 1 ? "this journey" : "these journeys") : takes.length === 1 ? "this live journey" : "these live journeys";
  return (
    <Text size="sm" mb={10}>
      Sent from then on by {which}: {takes.map((journey, n) => <span key={journey}>{n > 0 && ", "}<Anchor component={Link} to={`/${encodeURIComponent(workspace)}/journeys/${journey}`} fz="sm" c="inherit" td="underline">{names.journey(journey)}</Anchor>{closed.includes(journey) && " (closed, people finish in it)"}</span>)}. What is planned already goes out as it was.{keeps.map(keeper).join("")}
    </Text>
  );
}
