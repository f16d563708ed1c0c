"""A side of a backtest: one version of the journey with what concerns it, compiled once, and what it needs to read of history."""

from collections.abc import Mapping, Sequence
from copy import copy
from functools import cached_property
from typing import Any

from tidings import journeys, segments
from tidings.channels import registry
from tidings.delivery.workspaces import Snapshot
from tidings.engine import Definitions, Workspace
from tidings.journeys.document import Journey, conditions, names
from tidings.journeys.document import segments as segments_of
from tidings.journeys.step import every


class Side:
    """``label``: what it is called in results. ``live``: it is what is in force, and is held against what really happened.

    ``played``: the journey, and those that start it (`start` steps), which have to be played too.
    """

    def __init__(self, label: str, journey: str, workspace: Workspace, body: Mapping[str, Any], live: bool) -> None:
        self.label, self.journey, self.live = label, journey, live
        self.body = concerning(body, journey, live)
        self.definitions = Definitions(workspace, 1, self.body)
        self.version = self.definitions.journeys[journey]
        self.played = frozenset(self.definitions.journeys)
        name = str((body.get("settings") or {}).get("workspace") or "")
        self.known = body["journeys"]
        self.snapshot = Snapshot(workspace.id, name, workspace.secret, 1, self.body)

    @cached_property
    def events(self) -> frozenset[tuple[str, str]]:
        """The (kind, name) of every event that can make a difference."""
        named = {*self.definitions.counters_by_event, *self.definitions.starts_by_event}
        found = set(self.definitions.derived.raw(named))
        for version in self.definitions.journeys.values():
            for condition in conditions(version.journey):
                found |= condition.events
            if version.goal is not None:  # what became of messages says which are credited
                found |= {("message", f"{version.goal.verb} {channel}") for channel in registry()}
        return frozenset(found)

    @cached_property
    def befalling(self) -> frozenset[str]:
        """The events of groups that let members in, "" for a changed attribute: as rows of history are called."""
        versions = self.definitions.journeys.values()
        return frozenset(name for version in versions for name in version.journey.trigger.befalling())

    @cached_property
    def anew(self) -> frozenset[str]:
        """The events among them: what members did says when one befalls a group, by the rules of this side."""
        return self.befalling - {""}

    @cached_property
    def anew_of(self) -> frozenset[tuple[str, str]]:
        """The (kind, name) of the events that say so."""
        return frozenset(self.definitions.derived.raw(("track", name) for name in self.anew))

    @cached_property
    def tracked(self) -> frozenset[str]:
        """The events that steps let happen."""
        return frozenset(name for version in self.definitions.journeys.values() for name in _tracks(version.journey))

    @cached_property
    def trackers(self) -> frozenset[str]:
        """The journeys, all there are, whose steps let happen what may befall groups."""
        names = {name for kind, name in self.anew_of if kind == "track"}
        known = self.known if names else {}
        return frozenset(id for id, entry in known.items() if names & _tracks(journeys.read(entry["document"])))

    def still(self) -> "Side":
        """Give the same where nobody is let in: by it can be asked what people do that reaches their groups."""
        found = copy(self)
        closed = {name: {**entry, "status": "closed"} for name, entry in self.body["journeys"].items()}
        found.definitions = Definitions(self.definitions.workspace, 1, {**self.body, "journeys": closed})
        return found

    @cached_property
    def groups(self) -> Mapping[str, frozenset[str]]:
        """The types of groups that can make a difference, each with the events of a member that reach all."""
        made = self.definitions
        spreading = [(type, event) for event, types in made.spreading.items() for type in types]
        read = {
            type
            for version in made.journeys.values()
            for each in conditions(version.journey)
            for type in each.compiled.groups
        }
        types = {*made.group_attributes, *made.starts_by_group, *made.segments_by_group, *read}
        return {type: frozenset(event for other, event in spreading if other == type) for type in types}

    @cached_property
    def by_hand(self) -> frozenset[str]:
        """The hand-made segments that concern it."""
        return frozenset(name for name, segment in self.definitions.segments.items() if segment.rule is None)


def concerns(sides: Sequence[Side]) -> tuple[frozenset[tuple[str, str]], Mapping[str, frozenset[str]], frozenset[str]]:
    """Give what can make a difference to any of the sides: events (kind, name), types of groups with the events that reach all of
    their members, and journeys that calls of the API let people into."""
    groups: dict[str, frozenset[str]] = {}
    for side in sides:
        for type, spreads in side.groups.items():
            groups[type] = groups.get(type, frozenset()) | spreads
    spread = [("track", name) for spreads in groups.values() for name in spreads]
    reaching = {event for side in sides for event in side.definitions.derived.raw(spread)}
    versions = [version for side in sides for version in side.definitions.journeys.values()]
    called = frozenset(version.id for version in versions if version.journey.trigger.called())
    return frozenset(event for side in sides for event in side.events) | reaching, groups, called


def concerning(body: Mapping[str, Any], journey: str, live: bool = False) -> dict[str, Any]:
    """Give the part of a snapshot's body that concerns one journey: itself, live, and those that start it; the segments these name, and
    those they name. Its pauses are not played; what is not ``live`` has no ramp either: it is played for everybody."""
    played = _with_starters(body["journeys"], journey)
    left = ("pauses",) if live else ("pauses", "ramp")
    played[journey] = {key: value for key, value in played[journey].items() if key not in left}
    return narrowed(body, played)


def narrowed(body: Mapping[str, Any], played: Mapping[str, Any], also: Sequence[str] = ()) -> dict[str, Any]:
    """Give the part of a snapshot's body that is about some of its journeys, and the segments that these name or ``also`` does, with those
    they name."""
    known = body.get("segments") or {}
    found: dict[str, Any] = {}
    waiting = [*also, *(name for entry in played.values() for name in segments_of(journeys.read(entry["document"])))]
    while waiting:
        name = waiting.pop()
        if name in found or name not in known:
            continue
        found[name] = known[name]
        compiled = segments.read(known[name]).compiled
        waiting += compiled.segments if compiled is not None else ()
    return {
        **{
            key: body[key]
            for key in ("settings", "events", "templates", "layouts", "snippets", "formats", "actions")
            if key in body
        },
        "segments": found,
        "journeys": dict(played),
    }


def _with_starters(known: Mapping[str, Any], journey: str) -> dict[str, Any]:
    found = {journey: {**known[journey], "status": "live"}}
    waiting = [journey]
    while waiting:
        wanted = waiting.pop()
        for name, entry in known.items():
            if name not in found and entry["status"] == "live" and wanted in _starts(entry["document"]):
                found[name] = entry
                waiting.append(name)
    return found


def _starts(document: Mapping[str, Any]) -> set[str]:
    """The journeys that a journey lets people enter."""
    return {name for kind, name in names(journeys.read(document)) if kind == "journey"}


def _tracks(journey: Journey) -> set[str]:
    """The events that the steps of a journey let happen."""
    written = (step.kind.write(lambda _: []) for step in every(journey.steps))
    return {str(said["track"]) for said in written if "track" in said}
