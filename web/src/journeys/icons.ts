import { IconBolt, IconClock, IconDatabase, IconGitBranch, IconMail, IconWorld } from "@tabler/icons-react";

const ICONS = { message: IconMail, time: IconClock, way: IconGitBranch, data: IconDatabase, out: IconWorld };

/** The picture of a group of steps. */
export function iconOf(group: string | undefined) {
  return ICONS[group as keyof typeof ICONS] ?? IconBolt;
}
