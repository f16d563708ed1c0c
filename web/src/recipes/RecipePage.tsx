/** One recipe: its path, what it needs of this workspace and under which names, what it brings along. */
import { Anchor, Autocomplete, Badge, Button, Group, Select, Stack, Text, TextInput, Title } from "@mantine/core";
import { useMutation, useQuery } from "@tanstack/react-query";
import { Link, useNavigate } from "@tanstack/react-router";
import { useState } from "react";
import { api, data, type Schemas } from "../api/client";
import { names as asked } from "../api/names";
import type { Forms, Journey } from "../journeys/document";
import { may, session } from "../session/session";
import { PageHead } from "../ui/Page";
import { told, toldFault } from "../ui/told";
import classes from "./Recipes.module.css";
import { isEvent } from "./Recipes";
import { gallery } from "./room";
import { Sketch } from "./Sketch";

type Need = Schemas["RecipeNeed"];
const keyOf = (need: Need) => `${need.kind}|${need.name}|${need.property}`;
const called = (need: Need) => need.property || need.name;

export function RecipePage({ recipe, forms }: { recipe: Schemas["Recipe"]; forms: Forms }) {
  const { workspace } = gallery.useParams();
  const home = `/${encodeURIComponent(workspace)}`;
  const navigate = useNavigate();
  const { data: now } = useQuery(session);
  const names = useQuery(asked(workspace));
  const [own, setOwn] = useState<Record<string, string>>(() => Object.fromEntries(recipe.needs.filter((need) => !need.found && need.likely).map((need) => [keyOf(need), need.likely])));
  const take = useMutation({
    mutationFn: () => data(api.POST("/api/recipes/{recipe}", {
      params: { path: { recipe: recipe.recipe } },
      body: { names: recipe.needs.filter((need) => own[keyOf(need)]).map((need) => ({ kind: need.kind, name: need.name, property: need.property, own: own[keyOf(need)]! })) },
    })),
    onSuccess: (made) => {
      const also = [count(made.templates.length, "message"), count(made.segments.length, "segment"), count(made.journeys.length - 1, "more journey"), count(made.topics.length, "topic")].filter(Boolean).join(", ");
      told(`It is a draft of yours now${also && `, with ${also}`}.${made.waiting ? " Its topic waits for approval." : ""}`);
      void navigate({ to: `${home}/journeys/${encodeURIComponent(made.journey)}` });
    },
    onError: toldFault,
  });
  const groups: [string, string, Need[]][] = [
    ["Events", "What your product tells.", recipe.needs.filter((need) => isEvent(need))],
    ["What is known of people", "Attributes of a person, or of their account.", recipe.needs.filter((need) => !isEvent(need) && !need.comes && need.kind !== "address")],
    ["Addresses it calls", "Those it brings are examples: put in your own, here or on the step.", recipe.needs.filter((need) => need.kind === "address")],
    ["Segments and topics", "Where you have none of the name, the recipe brings its own.", recipe.needs.filter((need) => need.comes)],
  ];
  const edits = !!now && may(now, workspace, "journeys:edit") && may(now, workspace, "content:edit");
  const missing = recipe.channels.filter((channel) => !recipe.ready.includes(channel));
  const action = edits && <Button loading={take.isPending} onClick={() => take.mutate()}>Use this recipe</Button>;
  return (
    <>
      <Text size="sm" mb={4}><Anchor component={Link} to={`${home}/recipes`} c="dimmed">Recipes</Anchor></Text>
      <PageHead title={recipe.title} about={recipe.about}>{action}</PageHead>
      <div className={classes.columns}>
        <Stack gap="lg">
          {groups.filter(([, , needs]) => needs.length).map(([title, about, needs]) => (
            <section key={title} aria-label={title}>
              <Title order={2}>{title}</Title>
              <Text size="xs" c="dimmed" mb={4}>{about}</Text>
              {needs.map((need) => <Line key={keyOf(need)} need={need} own={own[keyOf(need)] ?? ""} choices={choices(need, own, names.data)} onChange={(name) => setOwn({ ...own, [keyOf(need)]: name })} />)}
            </section>
          ))}
          {recipe.messages.length > 0 && (
            <section aria-label="Messages">
              <Title order={2}>Messages it brings</Title>
              <Text size="xs" c="dimmed" mb={4}>Short drafts to make your own.</Text>
              {recipe.messages.map((each) => <div key={each.name} className={classes.need}><Text size="sm" className={classes.name}>{each.subject || each.name}</Text><Text size="xs" c="dimmed">{each.channel}</Text></div>)}
              {recipe.brand.length > 0 && <Text size="xs" c="dimmed" mt={6}>They give your {recipe.brand.join(" and your ")}, which nobody has said yet: <Anchor component={Link} to={`${home}/settings/brand`} fz="xs" c="inherit" td="underline">say it once</Anchor>, and every message has it.</Text>}
              {missing.length > 0 && <Text size="xs" c="dimmed" mt={6}>Nothing carries {missing.join(" and ")} here yet: <Anchor component={Link} to={`${home}/settings/sending`} fz="xs" c="inherit" td="underline">set it up</Anchor> before you publish.</Text>}
            </section>
          )}
        </Stack>
        <div>{recipe.journeys.map((each, n) => <div key={n} className={classes.large} role="img" aria-label={`The path of ${String(each.name ?? recipe.title)}`}><Sketch journey={each as unknown as Journey} forms={forms} words /></div>)}</div>
      </div>
    </>
  );
}

function Line({ need, own, choices, onChange }: { need: Need; own: string; choices: string[]; onChange: (name: string) => void }) {
  const label = need.property && isEvent(need) ? `${need.property} of ${need.name}` : called(need);
  if (need.kind === "address") return <div className={classes.need}><TextInput size="xs" aria-label={`Your address for ${need.name}`} placeholder={need.name} value={own} onChange={(event) => onChange(event.currentTarget.value)} style={{ flex: 1 }} /></div>;
  const says = need.found ? "Found" : own ? "Yours is used" : need.comes ? "Comes along" : "Not seen yet";
  const field = { size: "xs" as const, "aria-label": `Your name for ${label}`, data: choices };
  return (
    <div className={classes.need}>
      <Group gap={8} wrap="nowrap">
        <Text size="sm" className={classes.name} fw={need.property && isEvent(need) ? undefined : 550}>{isEvent(need) && need.property ? <><span aria-hidden>↳ </span>{need.property}</> : <>{!isEvent(need) && !need.comes && need.kind !== "person" ? `${need.kind}.` : ""}{need.comes && (need.kind === "topic" ? "Topic " : "Segment ")}{called(need)}</>}</Text>
        <Badge flex="none" color={need.found || own ? "teal" : "gray"}>{says}</Badge>
      </Group>
      {need.comes ? choices.length > 0 && !need.found && <Select {...field} clearable placeholder="Use one of yours" value={own || null} onChange={(name) => onChange(name ?? "")} />
        : !need.found && <Autocomplete {...field} placeholder="It is called otherwise here" value={own} onChange={onChange} />}
    </div>
  );
}

/** What the workspace has that could be meant. */
function choices(need: Need, own: Record<string, string>, names: Schemas["JourneyNames"] | undefined): string[] {
  if (!names) return [];
  if (need.kind === "segment") return names.segments.map((each) => each.name);
  if (need.kind === "topic") return names.topics.map((each) => each.name);
  if (need.kind === "person") return names.attributes.map((each) => each.name);
  if (!isEvent(need)) return [];
  const events = names.events.filter((each) => each.kind === need.kind);
  const name = own[`${need.kind}|${need.name}|`] || need.name;
  return need.property ? (events.find((each) => each.name === name)?.properties ?? []) : events.map((each) => each.name);
}

function count(many: number, what: string): string {
  return many > 0 ? `${many} ${what}${many === 1 ? "" : "s"}` : "";
}
