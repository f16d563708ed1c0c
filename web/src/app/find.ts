/** Opens the command palette, from before it is loaded on. */
import { createSpotlight } from "@mantine/spotlight";

export const [store, find] = createSpotlight();

/** Makes the first of what is found the one that Enter takes, where it was found later than it was typed; whoever went on to another stays there. */
export function takeFirst() {
  const { listId, selected } = store.getState();
  const list = document.getElementById(listId);
  const first = list?.querySelector("[data-action]");
  if (!first || selected > 0) return;
  list?.querySelector("[data-selected]")?.removeAttribute("data-selected");
  first.setAttribute("data-selected", "true");
  store.setState({ ...store.getState(), selected: 0 });
}
