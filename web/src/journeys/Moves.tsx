/** Pause, resume, close, stop, and into shadow and out of it: each asks first, in plain words, with how many it concerns. */
import { Button, Group, NumberInput, Radio, Select, Stack, Text } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { useState } from "react";
import { api, data, Refused } from "../api/client";
import { Dialog } from "../ui/Dialog";
import { Failed, Waiting } from "../ui/Page";
import { told } from "../ui/told";
import type { Move } from "./room";

const WORDS: Record<Move, { title: (name: string) => string; says: (inside: string) => string; does: string; done: string }> = {
  pause: { title: (name) => `Pause ${name}?`, does: "Pause", done: "is paused", says: (inside) => `Nobody comes in and nothing is sent, at once. The ${inside} inside stay where they are, and their time goes on. You choose what becomes of what was held when you resume.` },
  resume: { title: (name) => `Resume ${name}?`, does: "Resume", done: "is live again", says: (inside) => `People come in again, and the ${inside} inside go on.` },
  close: { title: (name) => `Close ${name}?`, does: "Close", done: "is closed", says: (inside) => `Nobody comes in any more. The ${inside} inside go on to the end and get their messages.` },
  stop: { title: (name) => `Stop ${name}?`, does: "Stop for everybody", done: "is stopped", says: (inside) => `It ends for the ${inside} inside, at once: what was planned for them is not sent. A stopped journey can’t be started again; duplicate it to begin anew.` },
  shadow: { title: (name) => `Put ${name} in shadow?`, does: "Put in shadow", done: "is in shadow", says: (inside) => `It goes on for the ${inside} inside and for whoever comes, but none of its messages is handed over. You can read what would have been sent; what it sets and tracks does happen.` },
  send: { title: (name) => `Let ${name} send?`, does: "Let it send", done: "sends", says: (inside) => `What becomes due from now on is sent, to the ${inside} inside and to whoever comes. What was not sent in shadow stays unsent.` },
};
/** Where nobody is inside. */
const EMPTY: Partial<Record<Move, string>> = {
  pause: "Nobody comes in and nothing is sent, at once. Nobody is inside now.", resume: "People come in again. Nobody is inside now.",
  close: "Nobody comes in any more. Nobody is inside now.", stop: "Nobody is inside now. A stopped journey can’t be started again; duplicate it to begin anew.",
};
const HELD = [
  ["send", "Send it", "Messages that became due go out at once, or as slowly as you say below."],
  ["skip", "Skip it", "Messages that became due are not sent. People go on as if they had been."],
  ["shift", "Shift everything", "All waits are longer by the pause: nobody notices it."],
] as const;

export function MoveDialog({ journey, name, move, onClose, onDone }: { journey: string; name: string; move: Move; onClose: () => void; onDone: () => void }) {
  const [held, setHeld] = useState("send");
  const [rate, setRate] = useState<number | string>("");
  const [per, setPer] = useState("minute");
  const [busy, setBusy] = useState(false);
  const [fault, setFault] = useState<Error | null>(null);
  const found = useQuery({ queryKey: ["ends", journey, move], queryFn: () => data(api.GET("/api/journeys/{journey}/ends", { params: { path: { journey } } })), gcTime: 0 });
  const words = WORDS[move];
  const go = async () => {
    setBusy(true);
    try {
      const body = move === "resume" ? { held, rate: held === "send" && rate ? `${rate} per ${per}` : "" } : {};
      if (move === "shadow" || move === "send") await data(api.POST("/api/journeys/{journey}/shadow", { params: { path: { journey } }, body: { on: move === "shadow" } }));
      else await data(api.POST("/api/journeys/{journey}/{command}", { params: { path: { journey, command: move } }, body } as never));
      told(`${name} ${words.done}.`);
      onDone();
    } catch (error) {
      if (error instanceof Refused && error.code === "waits_for_approval") { // asked for, which is no fault; pressing again would ask twice
        told("It waits for somebody else’s approval.");
        onDone();
        return;
      }
      setFault(error as Error);
      setBusy(false);
    }
  };
  return (
    <Dialog onClose={onClose} title={words.title(name)}>
      {found.error ? <Failed error={found.error} /> : !found.data ? <Waiting rows={2} /> : (
        <Stack gap="md">
          <Text size="sm">{found.data.inside === 0 && EMPTY[move] ? EMPTY[move] : words.says(found.data.inside === 1 ? "1 person" : `${found.data.inside.toLocaleString("en")} people`).replace("1 person inside stay", "1 person inside stays").replace("1 person inside go", "1 person inside goes")}</Text>
          {move === "resume" && (
            <>
              <Radio.Group label={`What becomes of what was held${found.data.held ? ` (${found.data.held.toLocaleString("en")} ${found.data.held === 1 ? "message" : "messages"})` : ""}`} value={held} onChange={setHeld}>
                <Stack gap={8} mt={6}>{HELD.map(([value, label, about]) => <Radio key={value} value={value} label={label} description={about} />)}</Stack>
              </Radio.Group>
              {held === "send" && (
                <Group gap="xs" align="flex-end">
                  <NumberInput w={140} label="At most" placeholder="all at once" min={1} allowDecimal={false} value={rate} onChange={setRate} />
                  <Select w={140} aria-label="Per" value={per} data={[{ value: "second", label: "a second" }, { value: "minute", label: "a minute" }, { value: "hour", label: "an hour" }]} onChange={(chosen) => chosen && setPer(chosen)} />
                </Group>
              )}
            </>
          )}
          {fault && <Failed error={fault} />}
          <Group justify="flex-end">
            <Button variant="default" onClick={onClose}>Cancel</Button>
            <Button color={move === "stop" ? "red" : undefined} loading={busy} onClick={() => void go()}>{words.does}</Button>
          </Group>
        </Stack>
      )}
    </Dialog>
  );
}
