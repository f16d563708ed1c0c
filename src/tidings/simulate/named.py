"""What a story names of its project: what is not there could neither come true nor fail."""

from collections.abc import Collection, Iterator, Mapping
from typing import Any, Final

from msgspec import Struct

from tidings.journeys.document import readable
from tidings.journeys.step import every
from tidings.kernel.problems import Problem, did_you_mean
from tidings.simulate.story import Story


class Names(Struct, frozen=True):
    """What a project has. ``journeys``: id -> the ids of its steps. None: it can't be told what there is."""

    journeys: Mapping[str, Collection[str] | None]
    templates: Collection[str]
    segments: Collection[str]
    topics: Collection[str] | None


def names_of(body: Mapping[str, Any]) -> Names:
    """Give what a story of these definitions (the body of a snapshot) may name."""
    documents = {id: entry["document"] for id, entry in (body.get("journeys") or {}).items()}
    topics = (body.get("settings") or {}).get("topics") or {}
    return Names(
        {id: steps_of(document) for id, document in documents.items()},
        body.get("templates") or {},
        body.get("segments") or {},
        topics,
    )


def steps_of(document: Mapping[str, Any]) -> Collection[str] | None:
    """Give the ids of a journey's steps; None where it can't be told which there are."""
    found = readable(document)
    return [step.id for step in every(found.journey.steps)] if found.sound else None


def misspelt(story: Story, names: Names) -> Iterator[tuple[str, Problem]]:
    """Give what a story names and is not there, with its path, and whom it is expected of ("": of nobody)."""
    known = {
        "journey": names.journeys,
        "template": names.templates,
        "segment": names.segments,
        "topic": names.topics,
        "step": _steps(story, names),
    }
    for who, kind, name, path in _named(story):
        there = known[kind]
        if there is not None and name not in there:
            yield who, Problem(f"there is no {kind} `{name}`", did_you_mean(name, sorted(there)), path)


def _named(story: Story) -> Iterator[tuple[str, str, str, tuple[str | int, ...]]]:
    """Who, kind, name and path of each."""
    for index, name in enumerate(story.journeys or ()):
        yield "", "journey", name, (*story.path, "journeys", index)
    for given in story.given:
        if (kind := _GIVEN.get(given.kind)) is not None:
            yield given.who, kind, str(given.fields[given.kind]), (*given.path, given.kind)
        elif given.kind == "topics" and isinstance(topics := given.fields["topics"], Mapping):
            for topic in topics:
                yield given.who, "topic", str(topic), (*given.path, "topics", topic)
    for field, answers in (("answers", story.answers), ("failures", story.failures)):
        for step in answers:
            yield "", "step", step, (*story.path, field, step)
    for each in story.expect:
        if (kind := _EXPECTED.get(each.kind)) is not None:
            yield each.who, kind, str(each.value), (*each.path, each.kind)
        for field, kind in (("journey", "journey"), ("credited", "step")):
            if each.fields.get(field):
                yield each.who, kind, str(each.fields[field]), (*each.path, field)


def _steps(story: Story, names: Names) -> set[str] | None:
    """The steps of the journeys that are live in it; None where those of one can't be told."""
    live = [names.journeys.get(name, ()) for name in (names.journeys if story.journeys is None else story.journeys)]
    return None if None in live else {step for steps in live for step in steps or ()}


_GIVEN: Final = {
    **dict.fromkeys(("opened", "clicked", "bounced", "complained"), "template"),
    "enter": "journey",
    "segment": "segment",
}
"""What each entry that says what happens names."""
_EXPECTED: Final = {
    **dict.fromkeys(("message", "refused"), "template"),
    **dict.fromkeys(("enters", "leaves", "refuses", "reaches"), "journey"),
    "segment": "segment",
    "step": "step",
}
"""What each entry that says what is expected names."""
