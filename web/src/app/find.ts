/** Opens the command palette, from before it is loaded on. */
import { createSpotlight } from "@mantine/spotlight";

export const [store, find] = createSpotlight();
