"""Recipes: what there is, what each takes of this workspace, and one of them made into drafts in the workspace's own words."""

import time
from collections.abc import Mapping
from typing import Any

from litestar import get, post
from msgspec import Struct

from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.api.settings.routes import put_settings
from tidings.people import catalog
from tidings.project import overlay, placeholders, recipes, store
from tidings.project.body import documents_of
from tidings.project.drafts import with_drafts
from tidings.project.naming import Key
from tidings.project.seen import known
from tidings.teams import audit


class RecipeNeed(Struct):
    """What a recipe takes. ``kind``: track, page, screen (an event, or with ``property`` one of its properties), person (an attribute), the
    type of a group (an attribute of it), segment, topic, or address (that a step calls; the recipe's own is an example). ``found``: the
    workspace has it; ``likely``: its own name that is the same but for the spelling, else "". ``comes``: the recipe brings it along where
    it is not found."""

    kind: str
    name: str
    property: str
    found: bool
    likely: str
    comes: bool


class RecipeMessage(Struct):
    """A message that a recipe sends."""

    name: str
    channel: str
    subject: str


class Recipe(Struct):
    """``journeys``: as they stand in the recipe. ``ready``: those of its ``channels`` that this workspace can send on. ``brand``: what its
    messages give of the brand and nobody has said yet, in words."""

    recipe: str
    title: str
    about: str
    journeys: list[dict[str, Any]]
    messages: list[RecipeMessage]
    channels: list[str]
    ready: list[str]
    needs: list[RecipeNeed]
    brand: list[str]


class Recipes(Struct):
    """Every recipe."""

    recipes: list[Recipe]


class OwnName(Struct):
    """What a recipe calls so and so, and the workspace's ``own`` name for it."""

    kind: str
    own: str
    name: str = ""
    property: str = ""


class RecipeTaken(Struct):
    """``names``: where the workspace calls something otherwise."""

    names: list[OwnName] = []


class RecipeMade(Struct):
    """The names of the drafts made; ``journey``: the one to open. ``topics``: added to the settings; ``waiting``: the number of the
    request under which those wait for approval."""

    journey: str
    journeys: list[str]
    templates: list[str]
    segments: list[str]
    topics: list[str]
    waiting: int | None = None


@get("/recipes", guards=[may("journeys:read")])
async def list_recipes(here: Here) -> Recipes:
    """List recipes, each held against what this workspace has seen."""
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        drafts = await store.drafts(connection, here.workspace.id)
        seen = await catalog.read(connection, here.workspace.id)
    project = with_drafts(in_force, drafts)
    there = known(seen, project.journeys)
    channels = project.settings.get("channels", {})
    return Recipes(
        [
            Recipe(
                each.id,
                each.title,
                each.about,
                [dict(document) for document in each.project.journeys.values()],
                [RecipeMessage(*message) for message in recipes.subjects(each)],
                each.channels(),
                [channel for channel in each.channels() if channel in channels],
                [
                    RecipeNeed(
                        *key,
                        recipes.is_known(key, there, project),
                        recipes.likely(key, there, project),
                        key[0] in ("segment", "topic"),
                    )
                    for key in each.needs()
                ],
                placeholders.lacking(recipes.variables(each), overlay.settings(project.settings).get("brand") or {}),
            )
            for each in recipes.recipes().values()
        ]
    )


@post("/recipes/{recipe:str}", guards=[may("journeys:edit")])
async def take_recipe(recipe: str, data: RecipeTaken, here: Here) -> RecipeMade:
    """Make drafts of a recipe: its journeys, messages and segments. Topics that are lacking are added to the settings."""
    found = recipes.recipes().get(part(recipe))
    if found is None:
        raise Refusal(404, f"There is no recipe `{part(recipe)}`.", "The list of recipes has them all.")
    here.need("content:edit")
    chosen: dict[Key, str] = {(each.kind, each.name, each.property): each.own.strip() for each in data.names}
    async with here.pool.acquire() as connection:
        in_force = await store.newest(connection, here.workspace.id)
        drafts = await store.drafts(connection, here.workspace.id)
    brought = recipes.bring(found, chosen, with_drafts(in_force, drafts))
    if brought.segments:
        here.need("segments:edit")
    waiting = await _add_topics(here, in_force, brought.topics, found.title) if brought.topics else None
    await _write(here, found, brought)
    journeys = list(brought.journeys)
    return RecipeMade(
        journeys[0], journeys, list(brought.templates), list(brought.segments), list(brought.topics), waiting
    )


async def _add_topics(here: Here, in_force: store.InForce, topics: Mapping[str, Any], title: str) -> int | None:
    if "settings:edit" not in here.permissions:
        says = f"This recipe needs the topic {', '.join(topics)}, and your role here ({here.role}) can't add one."
        raise Refusal(403, says, "Choose one of the topics there are, or ask an admin to add it.", code="not_permitted")
    before: dict[str, Any] = documents_of(in_force.body)["settings"]
    after = {"workspace": here.workspace.name, **before, "topics": {**before.get("topics", {}), **topics}}
    said = await put_settings(here, in_force, before, after, f"Topics of the recipe {title}")
    return said.content.waiting


async def _write(here: Here, recipe: recipes.Recipe, brought: recipes.Brought) -> None:
    bodies: list[tuple[str, str, dict[str, Any]]] = [
        *(("segment", name, dict(each)) for name, each in brought.segments.items()),
        *(("template", name, {"text": each.text, "format": each.format}) for name, each in brought.templates.items()),
        *(("journey", name, dict(each)) for name, each in brought.journeys.items()),
    ]
    now, by = time.time_ns() // 1000, here.actor.name
    async with here.pool.acquire() as connection, connection.transaction():
        base = (await store.newest(connection, here.workspace.id)).number
        for kind, name, body in bodies:
            draft = store.Draft(here.workspace.id, kind, name, 1, base, body, by, now, by, now)
            if await store.write_draft(connection, draft) is None:
                raise Refusal(409, f"Somebody has just made the {kind} `{name}`.", "Try once more.", code="overtaken")
            await audit.note(connection, here.workspace.id, here.actor, "began", f"draft of {kind}", name)
        await audit.note(
            connection, here.workspace.id, here.actor, "took", "recipe", recipe.id, after=sorted(brought.journeys)
        )
