/** Recipes: journeys to begin with. Each is held against what this workspace has seen, and becomes drafts in the workspace's own words. */
import { Anchor, Badge, Group, Text, Title } from "@mantine/core";
import { useQuery } from "@tanstack/react-query";
import { Link } from "@tanstack/react-router";
import { api, data, type Schemas } from "../api/client";
import { formsOf } from "../journeys/called";
import type { Forms, Journey } from "../journeys/document";
import { Given, Order } from "../ui/ListPage";
import { Failed, PageHead, Waiting } from "../ui/Page";
import { useListing } from "../ui/useListing";
import classes from "./Recipes.module.css";
import { RecipePage } from "./RecipePage";
import { gallery } from "./room";
import { Sketch } from "./Sketch";

type Recipe = Schemas["Recipe"];
const ORDERS = [{ value: "fits", label: "What fits first" }, { value: "title", label: "By name" }];
const WORTH = { title: (each: Recipe) => each.title };

export function Recipes() {
  const { workspace } = gallery.useParams();
  const { recipe: chosen, ...by } = gallery.useSearch();
  const listed = useListing(by);
  const found = useQuery({ queryKey: ["recipes", workspace], queryFn: async () => (await data(api.GET("/api/recipes"))).recipes });
  const asked = useQuery(formsOf(workspace));
  const error = found.error ?? asked.error;
  if (error) return <Failed whole error={error} again={() => { void found.refetch(); void asked.refetch(); }} />;
  if (!found.data || !asked.data) return <Waiting head rows={8} />;
  const one = found.data.find((each) => each.recipe === chosen);
  if (one) return <RecipePage key={one.recipe} recipe={one} forms={asked.data} />;
  return (
    <>
      <Text size="sm" mb={4}><Anchor component={Link} to={`/${encodeURIComponent(workspace)}/journeys`} c="dimmed">Journeys</Anchor></Text>
      <PageHead title="Recipes" about="Journeys that work, to begin with. Each becomes a draft of yours: look at it, change what you like, and publish it when it is right." />
      <Given<Recipe>
        title="Recipes"
        rows={[...found.data].sort((a, b) => fits(b) - fits(a)).filter((each) => listed.found([each.title, each.about, ...each.needs.map((need) => need.name), ...each.messages.map((message) => message.subject)].join("\n")))}
        search={listed.search("Search by aim, event or message")}
        filters={<Order choices={ORDERS} value={by.sort} onChange={listed.sorts(WORTH).onChange} />}
        sorts={listed.sorts(WORTH)}
        idOf={(each) => each.recipe}
        draw={(recipes) => <div className={classes.grid} role="list" aria-label="Recipes">{recipes.map((each) => <Card key={each.recipe} recipe={each} forms={asked.data} />)}</div>}
        empty={null}
      />
    </>
  );
}

/** How much of what happens there has been seen here: what fits stands first. */
function fits(recipe: Recipe): number {
  const events = recipe.needs.filter((need) => isEvent(need) && !need.property);
  return events.length ? events.filter((need) => need.found || need.likely).length / events.length : 0;
}

export function isEvent(need: Schemas["RecipeNeed"]): boolean {
  return need.kind === "track" || need.kind === "page" || need.kind === "screen";
}

function Card({ recipe, forms }: { recipe: Recipe; forms: Forms }) {
  const there = recipe.needs.filter((need) => need.found || need.likely || need.comes).length;
  const messages = recipe.messages.length;
  return (
    <div role="listitem" data-item>
      <Link className={classes.recipe} from={gallery.fullPath} to="." search={{ recipe: recipe.recipe }}>
        <div className={classes.picture}>{recipe.journeys.map((each, n) => <Sketch key={n} journey={each as unknown as Journey} forms={forms} />)}</div>
        <div className={classes.words}>
          <Title order={2}>{recipe.title}</Title>
          <Text size="sm" c="dimmed">{recipe.about}</Text>
          <Group gap={6} className={classes.foot}>
            <Badge color={there === recipe.needs.length ? "teal" : "gray"}>{there === recipe.needs.length ? "You have all it needs" : `${there} of ${recipe.needs.length} things it needs are here`}</Badge>
            {messages > 0 && <Badge>{messages} {messages === 1 ? "message" : "messages"}</Badge>}
          </Group>
        </div>
      </Link>
    </div>
  );
}
