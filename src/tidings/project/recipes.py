"""Recipes: the example projects, which the package brings along, as beginnings for somebody's own journeys.

A recipe is read like any project. Its README says what it is called and what it does. What it takes from a workspace (events, attributes,
segments, topics) is held against what is known there, and each of its names can be another of the workspace's own.
"""

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from typing import Any, Final

import tidings
from tidings.content import template
from tidings.journeys import read
from tidings.journeys.document import templates as templates_of
from tidings.project import naming, templates
from tidings.project.folder import Project, Source, read_folder
from tidings.project.naming import Key
from tidings.project.seen import OWN, Known

_PACKAGE: Final = Path(tidings.__file__).parent
_PLACES: Final = (_PACKAGE / "examples", _PACKAGE.parents[1] / "examples")
"""Within the installed package; in a clone, where they are written."""


@dataclass(frozen=True)
class Recipe:
    """``id``: its folder's name. ``about``: what it does, in a sentence or two. The journey of the folder's name stands first."""

    id: str
    title: str
    about: str
    project: Project

    def needs(self) -> list[Key]:
        """Give what it takes from a workspace, by kind and name; what everybody has is not told."""
        found: dict[Key, None] = {}

        def heard(key: Key) -> str:
            if not (key[0] == "person" and key[2] in OWN) and key[0] != "template":
                found[key] = None
            return key[2] or key[1]

        self.named(heard)
        order = ("track", "page", "screen", "person")
        return sorted(found, key=lambda key: (order.index(key[0]) if key[0] in order else len(order), *key))

    def named(self, say: naming.Say) -> Project:
        """Give the project with every name of the workspace's as `say` has it; its own documents keep their places."""
        events = self._events()
        project = self.project
        return Project(
            project.settings,
            {name: naming.in_segment(each, say) for name, each in project.segments.items()},
            {name: naming.in_journey(each, say) for name, each in project.journeys.items()},
            {name: naming.in_template(name, each, say, events.get(name)) for name, each in project.templates.items()},
        )

    def channels(self) -> list[str]:
        """Give the channels it sends on."""
        return sorted({template.read(name, each.text).channel for name, each in self.project.templates.items()})

    def _events(self) -> dict[str, naming.Event]:
        """Which event leads to each template; None where several do, or none."""
        found: dict[str, naming.Event] = {}
        for document in self.project.journeys.values():
            start = naming.starts_with(document)
            for _, name in templates_of(read(document)):
                found[name] = start if found.get(name, start) == start else None
        return found


@cache
def recipes() -> Mapping[str, Recipe]:
    """Read every recipe there is, by its id."""
    folder = next((place for place in _PLACES if place.is_dir()), None)
    if folder is None:
        return {}
    found = (_recipe(path.parent) for path in sorted(folder.glob("*/tidings.toml")))
    return {recipe.id: recipe for recipe in found}


def _recipe(folder: Path) -> Recipe:
    title, _, about = (folder / "README.md").read_text(encoding="utf-8").removeprefix("# ").partition("\n")
    about = about.strip().partition("\n\n")[0]  # the rest is for who reads the folder
    project = read_folder(folder)
    first = sorted(project.journeys.items(), key=lambda each: (each[0] not in folder.name, each[0]))
    return Recipe(folder.name, title.strip(), " ".join(about.split()), replace(project, journeys=dict(first)))


def is_known(key: Key, known: Known, project: Project) -> bool:
    """Whether a workspace has what a recipe takes: seen in its catalog, or a segment or topic of its own."""
    kind, name, property = key
    match kind:
        case "segment":
            return name in project.segments
        case "topic":
            return name in project.settings.get("topics", {})
        case "track" | "page" | "screen":
            properties = known.events.get((kind, name))
            return properties is not None and (not property or property in properties)
        case "person":
            return property in known.attributes
        case _:
            return property in known.groups.get(kind, ())


def likely(key: Key, known: Known, project: Project) -> str:
    """Give the workspace's own name that is the same but for its spelling: `signed_up` for `Signed Up`; "" where none is."""
    kind, name, property = key
    of: Iterable[str]
    match kind:
        case "segment" | "topic":
            of = project.segments if kind == "segment" else project.settings.get("topics", {})
        case "track" | "page" | "screen":
            events = {own: properties for (sort, own), properties in known.events.items() if sort == kind}
            same = next((own for own in events if _bare(own) == _bare(name)), "")
            of = events.get(same, ()) if property else events
        case _:
            of = known.attributes if kind == "person" else known.groups.get(kind, ())
    return next((own for own in sorted(of) if _bare(own) == _bare(property or name)), "")


def _bare(name: str) -> str:
    return "".join(char for char in name.casefold() if char.isalnum())


@dataclass(frozen=True)
class Brought:
    """What a workspace would get, under names that are free there. ``journeys``: the first is the one to open."""

    journeys: Mapping[str, Mapping[str, Any]]
    templates: Mapping[str, Source]
    segments: Mapping[str, Mapping[str, Any]]
    topics: Mapping[str, Any]


def bring(recipe: Recipe, chosen: Mapping[Key, str], project: Project) -> Brought:
    """Give a recipe's documents in the words of a workspace.

    ``chosen``: the workspace's own names; a segment or topic without one is taken by its name where the workspace has it, else it comes
    along. ``project``: what is in force and the drafts there are. A template or journey never takes a name that means something else.
    """
    given = {key: own for key, own in chosen.items() if own}
    texts = recipe.named(lambda key: given.get(key, key[2] or key[1])).templates
    names = {
        name: name if project.templates.get(name) == each else _free(name, project.templates)
        for name, each in texts.items()
    }
    given |= {("template", name, ""): own for name, own in names.items()}
    made = recipe.named(lambda key: given.get(key, key[2] or key[1]))
    journeys: dict[str, dict[str, Any]] = {}
    for name, document in made.journeys.items():
        id = _free(name, {**project.journeys, **journeys})
        journeys[id] = {**document, "journey": id}
    lacks = {key[:2] for key in recipe.needs() if key not in given}
    topics = project.settings.get("topics", {})
    return Brought(
        journeys,
        {names[name]: each for name, each in made.templates.items() if names[name] not in project.templates},
        {
            name: each
            for name, each in made.segments.items()
            if ("segment", name) in lacks and name not in project.segments
        },
        {
            name: each
            for name, each in recipe.project.settings.get("topics", {}).items()
            if ("topic", name) in lacks and name not in topics
        },
    )


def subjects(recipe: Recipe) -> Iterator[tuple[str, str, str]]:
    """Give (name, channel, subject) of each message it sends."""
    for name, each in recipe.project.templates.items():
        found = template.read(name, each.text)
        yield name, found.channel, found.subject or found.title


def variables(recipe: Recipe) -> list[str]:
    """Give the paths that its messages read."""
    found = {path for name in recipe.project.templates for path in templates.compiled(recipe.project, name).variables}
    return sorted(found)


def _free(wish: str, taken: Mapping[str, Any]) -> str:
    """The wish, or with a number behind it where something else has it."""
    name, number = wish, 2
    while name in taken:
        name, number = f"{wish}-{number}", number + 1
    return name
