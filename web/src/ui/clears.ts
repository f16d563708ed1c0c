/** The cross that clears a choice: large enough, reached by mouse and keyboard, called what it does. `clearButtonProps={clears("Any channel")}` */
export const clears = (label: string) => ({ "aria-label": label, "aria-hidden": false, tabIndex: 0, style: { minWidth: 24, minHeight: 24, pointerEvents: "all" as const } });
