import type { Kind, Piece } from "./piece";

/** The templates that show a piece: itself, or those that use the layout or snippet, straight or by a layout. */
export function shownIn(pieces: readonly Piece[], kind: Kind, name: string): string[] {
  if (kind === "template") return [name];
  const users = pieces.find((each) => each.kind === kind && each.name === name)?.used_by ?? [];
  const layouts = users.filter((user) => user.kind === "layout").map((user) => user.name);
  return pieces.filter((each) => each.kind === "template" && (users.some((user) => user.kind === "template" && user.name === each.name) || layouts.includes(each.layout) || (kind === "layout" && each.layout === name))).map((each) => each.name);
}
