/** What will be sent, by day: a month, a week, or a list, which is what small screens get and what a screen reader reads best. */
import { ActionIcon, Anchor, Button, Group, SegmentedControl, Text, Title, UnstyledButton, VisuallyHidden } from "@mantine/core";
import { useMediaQuery } from "@mantine/hooks";
import { IconChevronLeft, IconChevronRight } from "@tabler/icons-react";
import { useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { useNames } from "../journeys/called";
import { Sentence } from "../journeys/Sentences";
import { Card } from "../ui/Card";
import { Empty, Failed, PageHead, Waiting } from "../ui/Page";
import { month, plus, shown, turned, weekday, whole } from "./days";
import { calendar, type Search, type View } from "./room";
import classes from "./Upcoming.module.css";

type Day = Schemas["Day"];
type Names = ReturnType<typeof useNames>;

const zone = Intl.DateTimeFormat().resolvedOptions().timeZone || "UTC";
const dayOf = new Intl.DateTimeFormat("en-CA", { year: "numeric", month: "2-digit", day: "2-digit" });

export function Upcoming() {
  const search = calendar.useSearch();
  const { workspace } = calendar.useParams();
  const navigate = useNavigate();
  const small = useMediaQuery("(max-width: 48em)", undefined, { getInitialValueInEffect: false });
  const today = dayOf.format(new Date());
  const view: View = search.view ?? (small ? "list" : "month");
  const from = search.from ?? today;
  const { first, days } = shown(view, from);
  const found = useQuery({
    queryKey: ["upcoming", workspace, first, days],
    queryFn: () => data(api.GET("/api/upcoming", { params: { query: { since: first, days, zone } } })),
    refetchInterval: 30_000, placeholderData: (before) => before,
  });
  const names = useNames(workspace, [...(found.data?.days ?? []).flatMap((each) => (each.day === search.day || view === "list" ? each.messages.map((one) => one.journey) : [])), ...(found.data?.unknown ?? []).map((each) => each.journey)]);
  const go = (to: Search) => void navigate({ to: ".", search: { ...search, ...to }, replace: true });
  const home = `/${encodeURIComponent(workspace)}`;
  const title = view === "month" ? month(from) : `${whole(first)} to ${whole(plus(first, days - 1))}`;
  const ahead = found.data?.days ?? [];
  const nothing = found.data && !ahead.some((each) => each.messages.length);
  const chosen = ahead.find((each) => each.day === search.day);
  return (
    <>
      <PageHead title="Upcoming" about={<>What will be sent, as far as timers and the calendar can tell. Whoever leaves a journey before, or may not be written to, gets nothing. Days are of {zone.replace("_", " ")}.</>}>
        <SegmentedControl aria-label="View" value={view} data={[{ value: "month", label: "Month" }, { value: "week", label: "Week" }, { value: "list", label: "List" }]} onChange={(value) => go({ view: value as View, day: undefined })} />
      </PageHead>
      <Group mb="sm" gap="xs">
        <ActionIcon variant="default" aria-label="Earlier" disabled={first <= today} onClick={() => go({ from: turned(view, from, -1), day: undefined })}><IconChevronLeft size={16} /></ActionIcon>
        <ActionIcon variant="default" aria-label="Later" onClick={() => go({ from: turned(view, from, 1), day: undefined })}><IconChevronRight size={16} /></ActionIcon>
        {search.from && <Button size="compact-sm" variant="subtle" color="gray" onClick={() => go({ from: undefined, day: undefined })}>Today</Button>}
        <Title order={2} aria-live="polite">{title}</Title>
      </Group>
      {found.error ? <Failed error={found.error} again={() => void found.refetch()} /> : !found.data ? <Waiting rows={8} /> : (
        <>
          {view !== "list" && <Calendar first={first} days={days} ahead={ahead} names={names} today={today} month={view === "month" ? from.slice(0, 7) : ""} chosen={search.day} open={(day) => go({ day: day === search.day ? undefined : day })} />}
          {view !== "list" && chosen && <DayCard day={chosen} names={names} home={home} />}
          {view === "list" && ahead.filter((each) => each.messages.length).map((each) => <DayCard key={each.day} day={each} names={names} home={home} />)}
          {nothing && <Empty title="Nothing is due in these days">As soon as somebody waits at a step before a message, or a schedule or a date comes up, it stands here by day.</Empty>}
          {ahead.some((each) => !each.known) && <Text size="sm" c="dimmed" mt="sm">More people wait than are counted here: from {whole(ahead.find((each) => !each.known)!.day)} on there may be more.</Text>}
          {ahead.some((each) => each.messages.some((one) => one.grade === "at most")) && <Text size="sm" c="dimmed" mt="sm">“At most” (≤): something is asked on the way that nobody tells of yet, or may happen before; it is counted as if everybody got it, which is more than will be sent. Of those who wait for something already, it also says how many it will be at least, if they do as others lately.</Text>}
          {ahead.some((each) => each.messages.some((one) => one.grade === "about")) && <Text size="sm" c="dimmed" mt="sm">“About” (≈): where something is asked on the way, people are shared out as those who came there in the last 30 days; where it is asked at the door, as things stand today; where a journey divides by chance, by its shares.</Text>}
          <Unknowns unknown={found.data.unknown} names={names} home={home} />
        </>
      )}
    </>
  );
}

/** `312`, `312 + up to 40`, `312 + about 40`. */
function sum(day: Day): string {
  const how = day.messages.some((each) => each.grade === "at most") ? "up to" : "about";
  const parts = [day.sure ? day.sure.toLocaleString("en") : "", day.more ? `${how} ${day.more.toLocaleString("en")}` : ""];
  return parts.filter(Boolean).join(" + ");
}

const MARKS = ["", "≈ ", "≤ "];

/** Of each journey: how many, and the mark of the least sure of them. */
function byJourney(day: Day): [string, number, string][] {
  const found = new Map<string, [number, number]>();
  for (const each of day.messages) {
    const [people, least] = found.get(each.journey) ?? [0, 0];
    found.set(each.journey, [people + each.people, Math.max(least, ["timed", "about", "at most"].indexOf(each.grade))]);
  }
  return [...found].map(([id, [people, least]]): [string, number, string] => [id, people, MARKS[least]!]).sort((a, b) => b[1] - a[1]);
}

function Calendar({ first, days, ahead, names, today, month: of, chosen, open }: { first: string; days: number; ahead: Day[]; names: Names; today: string; month: string; chosen?: string; open: (day: string) => void }) {
  const found = new Map(ahead.map((each) => [each.day, each]));
  const weeks = Array.from({ length: days / 7 }, (_, week) => Array.from({ length: 7 }, (_, n) => plus(first, week * 7 + n))).filter((week) => week[6]! >= today);
  const most = of ? 3 : 12;
  return (
    <table className={`${classes.grid} ${of ? "" : classes.week}`} aria-label="What will be sent, by day">
      <thead><tr>{weeks[0]!.map((day) => <th key={day} scope="col">{weekday(day)}</th>)}</tr></thead>
      <tbody>
        {weeks.map((week) => (
          <tr key={week[0]}>
            {week.map((day) => {
              const own = found.get(day);
              const lines = own ? byJourney(own) : [];
              const number = <span className={classes.number} aria-hidden><span className={day === today ? classes.today : of && !day.startsWith(of) ? classes.outside : undefined}>{Number(day.slice(8))}</span></span>;
              return (
                <td key={day}>
                  {!own || !lines.length ? <div className={classes.empty}><VisuallyHidden>{whole(day)}: nothing</VisuallyHidden>{number}</div> : (
                    <UnstyledButton className={classes.cell} aria-pressed={day === chosen} onClick={() => open(day)}>
                      <VisuallyHidden>{whole(day)}: {sum(own)} {own.sure + own.more === 1 ? "message" : "messages"}.</VisuallyHidden>
                      {number}
                      {lines.slice(0, most).map(([id, people, mark]) => (
                        <span key={id} className={classes.line}><span className={classes.name}>{id ? names.journey(id) : "One message"}</span><span className="figures">{mark}{people.toLocaleString("en")}</span></span>
                      ))}
                      {lines.length > most && <span className={classes.outside}>and {lines.length - most} more</span>}
                    </UnstyledButton>
                  )}
                </td>
              );
            })}
          </tr>
        ))}
      </tbody>
    </table>
  );
}

function DayCard({ day, names, home }: { day: Day; names: Names; home: string }) {
  return (
    <section className={classes.day} aria-label={whole(day.day)} style={{ marginTop: 12 }}>
      <Group justify="space-between" mb={4}><Title order={2}>{whole(day.day)}</Title><Text size="sm" c="dimmed" className="figures">{sum(day)} {day.sure + day.more === 1 ? "message" : "messages"}</Text></Group>
      {day.messages.map((each) => (
        <div key={`${each.journey} ${each.step} ${each.grade}`} className={classes.message}>
          <Text size="sm" fw={550}>{names.message(each.template)}<Text span size="sm" c="dimmed" fw={400}>{each.journey && <> in <Anchor component={Link} to={`${home}/journeys/${encodeURIComponent(each.journey)}`} fz="sm" c="inherit" td="underline">{names.journey(each.journey)}</Anchor></>}</Text></Text>
          <Text size="sm" className="figures" style={{ whiteSpace: "nowrap" }}>{GRADES[each.grade]} {each.people.toLocaleString("en")}{each.low < each.high && <Text span display="block" size="xs" c="dimmed" ta="right">{each.low.toLocaleString("en")} to {each.high.toLocaleString("en")}</Text>}</Text>
          <Text size="xs" c="dimmed" style={{ overflowWrap: "anywhere" }}>People who <Sentence of={each.why.join("; ")} steps={names.steps(each.journey)} /></Text>
        </div>
      ))}
    </section>
  );
}

const GRADES: Record<string, string> = { timed: "", about: "about", "at most": "at most" };

function Unknowns({ unknown, names, home }: { unknown: Schemas["Unknown"][]; names: Names; home: string }) {
  if (!unknown.length) return null;
  return (
    <Card title="What this does not know" about="Messages that hang on what people do, or on somebody of the team, are not in the calendar." mt="lg">
      {unknown.map((each) => (
        <Text key={`${each.journey} ${each.says}`} size="sm" mt={4} style={{ overflowWrap: "anywhere" }}>
          <Anchor component={Link} to={`${home}/journeys/${encodeURIComponent(each.journey)}`} fz="sm" fw={550} c="inherit" td="underline">{names.journey(each.journey)}</Anchor>{each.people != null && <>: {each.people.toLocaleString("en")} {each.people === 1 ? "person" : "people"}</>} <Sentence of={each.people === 1 ? each.says.replace(/^wait /, "waits ") : each.says} steps={names.steps(each.journey)} />
        </Text>
      ))}
    </Card>
  );
}
