/** The people behind a number of a journey, a page at a time, in an order where they are not too many for it. */
import { Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate, useSearch } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { called } from "../people/called";
import type { Asked } from "../ui/asked";
import { List, Order } from "../ui/ListPage";
import { local, Moment } from "../ui/moment";
import styles from "./Canvas.module.css";

export type What = keyof typeof WHO;
export const isWhat = (word: string | undefined): word is What => !!word && Object.hasOwn(WHO, word);
const WHO = {
  inside: "People here now", came: "Who came here", passed: "Who went past it", left: "Who left here", held_out: "Who was held out here", exited: "Who left here by the exit rule", stopped: "Who was taken out here", merged: "Who was merged with somebody here", done: "Who came to the end here", drawn: "Who went on here",
  sent: "Who was sent it", delivered: "Whom it reached", opened: "Who opened it", clicked: "Who clicked in it", dropped: "Who was not sent it", failed: "Where it failed", bounced: "From whom it came back", converted: "Who reached the goal after it", converted_drawn: "Who went on here and reached the goal", converted_held_out: "Who was held out here and reached the goal",
  entered: "Who entered", entered_treated: "Who entered and gets marketing", entered_control: "Who entered, of the control group", converted_treated: "Who gets marketing and reached the goal", converted_control: "Who reached the goal, of the control group",
};
/** The same of the whole journey, where that is said otherwise. */
const WHOLE: Partial<Record<What, string>> = { inside: "People in it now", converted: "Who reached the goal", done: "Who went through to the end", held_out: "Who was held out" };

/** As the server knows them; the first is the usual one. */
const ORDERS = [{ value: "-since", label: "Newest first" }, { value: "since", label: "Oldest first" }, { value: "name", label: "By name" }];
const ORDERED = 1000;
/** Lists that the server gives in no order of its own; the others come the newest first. */
const LOOSE: readonly What[] = ["inside", "came"];

type Person = Schemas["PersonBehind"];

interface Props {
  workspace: string;
  journey: string;
  /** "": the whole journey. */
  step: string;
  what: What;
  version?: number;
  /** Only those of these hours on, ISO 8601; left out: all. */
  since?: string;
  /** How many the number says, where it is known: what changes it asks anew. */
  count?: number;
  /** What a step is called, where people stand at several. */
  called?: (step: string) => string;
}

export function Behind({ workspace, journey, step, what, version = 0, since = "", count, called: stepped = (id) => id }: Props) {
  const { q = "", order } = useSearch({ strict: false }) as Asked;
  const navigate = useNavigate();
  const go = (part: Asked) => void navigate({ to: ".", search: (before: Record<string, unknown>) => ({ ...before, ...part }), replace: true });
  const [tooMany, setTooMany] = useState(false);
  const several = count === undefined || count > 1;
  const orders = !!q || count === undefined || count <= ORDERED;
  const sort = !orders ? "" : order ?? (LOOSE.includes(what) ? ORDERS[0]!.value : "");
  const title = (!step && WHOLE[what]) || WHO[what];
  return (
    <section aria-label={title}>
      <Title order={3} fz="sm" mt="md" mb={4}>{title}</Title>
      {(what === "dropped" || what === "failed") && <Reasons workspace={workspace} journey={journey} step={step} what={what} version={version} since={since} count={count} />}
      <List<Person, string>
        key={`${step} ${what} ${version}`}
        title={title}
        queryKey={["behind", workspace, journey, step, what, version, since, count, q, sort]}
        fetch={async (after) => {
          const page = await data(api.GET("/api/journeys/{journey}/people", { params: { path: { journey }, query: { what, step, version, since, q, sort, limit: 20, after: after ?? "" } } }));
          setTooMany(!!sort && page.ordered === false);
          return { rows: page.people, next: page.next ?? null };
        }}
        search={several || q ? { value: q, placeholder: "A name, an email or an id", onChange: (text) => go({ q: text || undefined }) } : undefined}
        filters={several && orders && <Order choices={ORDERS} value={order} onChange={(by) => go({ order: by })} />}
        idOf={(who) => who.person + who.at}
        draw={(people) => (
          <ul className={styles.people}>
            {people.map((who, n) => (
              <li key={`${who.person}${who.at}${n}`} data-item>
                <span style={{ overflowWrap: "anywhere" }}>
                  {who.person ? <Link to={`/${encodeURIComponent(workspace)}/people/${who.person}`}>{called(who)}</Link> : "Somebody who is deleted"}
                  {!step && who.step && <span className={styles.quiet}> at <Link to={`/${encodeURIComponent(workspace)}/journeys/${encodeURIComponent(journey)}`} search={{ step: who.step } as never}>{stepped(who.step)}</Link></span>}
                  {who.why && <span className={styles.quiet}> {local(credited(who.why, stepped))}</span>}
                </span>
                <span className={styles.quiet} style={{ whiteSpace: "nowrap" }}><Moment at={who.at} /></span>
              </li>
            ))}
          </ul>
        )}
        empty={<Text size="sm" c="dimmed">Nobody.</Text>}
      />
      {(!orders || tooMany) && <Text size="xs" c="dimmed" mt="xs">More than {ORDERED.toLocaleString("en")} can't be put in order: search for a part of them.</Text>}
    </section>
  );
}

/** Why somebody is counted, with steps that a goal is credited to as they are called. */
const credited = (why: string, called: (step: string) => string) => why.replace(/, credited to ([^()]+) \(/, (_, steps: string) => `, credited to ${steps.split(", ").map(called).join(", ")} (`);

/** Why messages were not sent, and how many for each reason. */
function Reasons({ workspace, journey, step, what, version, since, count }: { workspace: string; journey: string; step: string; what: "dropped" | "failed"; version: number; since: string; count?: number }) {
  const found = useQuery({ queryKey: ["not-sent", workspace, journey, step, version, since, count], queryFn: () => data(api.GET("/api/journeys/{journey}/not-sent", { params: { path: { journey }, query: { step, version, since } } })) }).data;
  const own = found?.reasons.filter((each) => each.what === what) ?? [];
  if (own.length < 2) return null;
  return <ul className={styles.people} aria-label="Why">{own.map((each) => <li key={each.why}><span style={{ overflowWrap: "anywhere" }}>{local(each.why)}</span><b className="figures">{each.count.toLocaleString("en")}</b></li>)}</ul>;
}
