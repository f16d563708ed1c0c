/** Whether the dialog in which something new is begun is open: it stands in the address, by which the command palette opens it. */
import { useNavigate, useSearch } from "@tanstack/react-router";

export function useNew(): [boolean, (on: boolean) => void] {
  const { new: on } = useSearch({ strict: false }) as { new?: boolean };
  const navigate = useNavigate();
  return [on === true, (next) => void navigate({ to: ".", search: ((before: object) => ({ ...before, new: next || undefined })) as never, replace: true })];
}
