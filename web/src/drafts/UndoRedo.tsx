/** Undo and redo of what is edited: two buttons, and the keys everybody knows. In a field the keys are the field's own. */
import { ActionIcon, Tooltip } from "@mantine/core";
import { IconArrowBackUp, IconArrowForwardUp } from "@tabler/icons-react";
import { useEffect } from "react";

export function UndoRedo({ undo, redo }: { undo: (() => void) | undefined; redo: (() => void) | undefined }) {
  useEffect(() => {
    const keys = (event: KeyboardEvent) => {
      const typing = (event.target as HTMLElement).closest("input,textarea,[contenteditable]");
      if (typing || !(event.ctrlKey || event.metaKey) || event.altKey) return;
      const key = event.key.toLowerCase();
      const act = key === "z" ? (event.shiftKey ? redo : undo) : key === "y" ? redo : undefined;
      if (!act) return;
      event.preventDefault();
      act();
    };
    window.addEventListener("keydown", keys);
    return () => window.removeEventListener("keydown", keys);
  }, [undo, redo]);
  return (
    <>
      <Tooltip label="Undo (Ctrl Z)"><ActionIcon variant="default" aria-label="Undo" disabled={!undo} onClick={undo}><IconArrowBackUp size={16} /></ActionIcon></Tooltip>
      <Tooltip label="Redo (Ctrl Shift Z)"><ActionIcon variant="default" aria-label="Redo" disabled={!redo} onClick={redo}><IconArrowForwardUp size={16} /></ActionIcon></Tooltip>
    </>
  );
}
