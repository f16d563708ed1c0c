"""Rules for who writes them: read as text or as a drawing, printed, and the names there are to speak of."""

from collections.abc import Mapping, Sequence, Set
from itertools import chain
from typing import Any, Final

from litestar import get, post
from msgspec import Struct

from tidings import events as documents
from tidings import rules
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.channels.walk import registry
from tidings.content.template import read as read_template
from tidings.kernel.problems import Invalid, did_you_mean
from tidings.people import catalog
from tidings.project import labels, seen
from tidings.project import store as definitions

_EXAMPLES: Final = 12
_EVENTS: Final = ("track", "page", "screen")


class Typed(Struct):
    """A rule as it is being typed. ``where``: over an event's properties alone, as a trigger's ``where`` is."""

    rule: str
    where: bool = False


class Drawn(Struct):
    """A rule as it is being drawn: its tree, in which ``{"clause": "text", "text": "…"}`` may stand for any clause."""

    sketch: dict[str, Any]
    where: bool = False


class Flaw(Struct):
    """What is wrong; ``path``: the clause in the tree, such as ``of.1.where``; ``line`` and ``column`` count from 1, 0 is unknown."""

    message: str
    hint: str
    line: int
    column: int
    path: str = ""


class Clause(Struct):
    """A clause of the tree in its own words."""

    path: str
    text: str


class Checked(Struct):
    """``text`` and ``tree``: the rule, canonical; null where it can't be read. ``clauses``: each clause's words, the whole's first.
    ``hints``: what it speaks of and nobody ever saw here, most often a slip of the pen."""

    text: str | None
    tree: dict[str, Any] | None
    clauses: list[Clause]
    problems: list[Flaw]
    hints: list[Flaw] = []


class Name(Struct):
    """An attribute or property that was seen: its types, how often, and values it had."""

    name: str
    types: list[str]
    times: int
    examples: list[str]


class Happening(Struct):
    """An event that was seen, or (``derived``) has a rule of its own, which may have been so any number of times. ``kind``: track, page or
    screen."""

    kind: str
    name: str
    times: int
    properties: list[Name]
    derived: bool = False


class Kin(Struct):
    """A type of group that was seen, and its attributes."""

    type: str
    attributes: list[Name]


class Named(Struct):
    """A segment or template: what rules call it, and what people do. ``about``: a template's channel."""

    id: str
    name: str
    about: str = ""


class Words(Struct):
    """What rules can speak of in this workspace, the most frequent first."""

    attributes: list[Name]
    events: list[Happening]
    groups: list[Kin]
    segments: list[Named]
    templates: list[Named]
    channels: list[str]


@post("/rules/check", guards=[may("segments:read")], status_code=200)
async def check_rule(data: Typed, here: Here) -> Checked:
    """Read a rule as it is being typed: its canonical text, tree and clauses, or what is wrong and where."""
    try:
        rule = (rules.parse_where if data.where else rules.parse)(data.rule)
    except Invalid as error:
        return Checked(None, None, [], _flaws(error))
    return await _checked(here, rule, data.where)


@post("/rules/print", guards=[may("segments:read")], status_code=200)
async def print_rule(data: Drawn, here: Here) -> Checked:
    """Print a rule as it is being drawn, or say what is wrong with which of its clauses."""
    try:
        rule = rules.from_sketch(data.sketch, data.where)
    except Invalid as error:
        return Checked(None, None, [], _flaws(error))
    return await _checked(here, rule, data.where)


@get("/rules/words", guards=[may("data:read")])
async def rule_words(here: Here) -> Words:
    """List what rules can speak of: attributes and events that were seen, with types and examples, segments, templates, channels. What is
    in the archive is not offered; rules that say it already go on meaning it."""
    async with here.pool.acquire() as connection:
        said = await catalog.spoken(connection, here.workspace.id, _EXAMPLES)
        body = (await definitions.newest(connection, here.workspace.id)).body
        away = await labels.archived(connection, here.workspace.id)
    events = [
        Happening(each.kind, each.name, each.times, _names(said, each.kind, each.name))
        for each in said
        if each.kind in _EVENTS and not each.property
    ]
    derived = body.get("events", {})
    offered = {
        name for id, document in derived.items() if ("event", id) not in away for name in documents.read(document).names
    }
    events = _with_derived(events, documents.derived(derived), offered)
    types = {each.kind for each in said} - {*_EVENTS, "message", "person"}
    return Words(
        _names(said, "person", ""),
        sorted(events, key=lambda event: -event.times),
        [Kin(type, _names(said, type, "")) for type in sorted(types | {"company"})],
        [
            Named(id, document.get("name") or id)
            for id, document in sorted(body.get("segments", {}).items())
            if ("segment", id) not in away
        ],
        [_template(id, text) for id, text in sorted(body.get("templates", {}).items())],
        sorted(registry()),
    )


def _with_derived(seen: list[Happening], derived: rules.Derived, offered: Set[str]) -> list[Happening]:
    """Add derived events that are offered, with the properties of what they are made of; leave out what their names hide."""
    known = {(each.kind, each.name): each for each in seen}
    made = []
    for name in derived.called:
        if name not in offered:
            continue
        own = [known[each] for each in sorted(derived.raw([("track", name)])) if each in known]
        properties = {each.name: each for source in own for each in source.properties}
        made.append(Happening("track", name, sum(each.times for each in own), list(properties.values()), True))
    return [each for each in seen if (each.kind, each.name) not in derived] + made


def _names(seen: Sequence[catalog.Spoken], kind: str, name: str) -> list[Name]:
    """Name what was seen, the most frequent first; what objects have in them stands behind each."""
    own = [each for each in seen if (each.kind, each.name) == (kind, name) and each.property]
    found: dict[str, Name] = {}
    for each in sorted(own, key=lambda o: -o.times):
        found[each.property] = Name(each.property, each.types, each.times, list(map(catalog.shortened, each.examples)))
        for path, types, example in chain.from_iterable(catalog.within(each.types, whole) for whole in each.examples):
            inner = found.setdefault(f"{each.property}.{path}", Name(f"{each.property}.{path}", [], each.times, []))
            inner.types += [type for type in types if type not in inner.types]
            inner.examples += [shown for shown in [catalog.shortened(example)] if shown not in inner.examples]
    return list(found.values())


def _template(id: str, entry: Mapping[str, Any]) -> Named:
    template = read_template(id, entry["text"], entry.get("format", "html"))
    return Named(id, template.subject or template.title or id, template.channel)


async def _checked(here: Here, rule: rules.Rule, where: bool) -> Checked:
    words = rules.words_of(rule)
    clauses = [Clause(_shown(way), text) for way, text in words.items()]
    async with here.pool.acquire() as connection:
        body = (await definitions.newest(connection, here.workspace.id)).body
        segments = {*body.get("segments", {}), *await definitions.drafted(connection, here.workspace.id, "segment")}
        templates = {*body.get("templates", {}), *await definitions.drafted(connection, here.workspace.id, "template")}
        lines = await catalog.read(connection, here.workspace.id)
    flaws = []
    for way, name in rules.segments_of(rule):
        if name not in segments:
            hint = did_you_mean(name, sorted(segments)) or f"there are: {', '.join(sorted(segments)) or 'none'}"
            flaws.append(Flaw(f"there is no segment `{name}`", hint, 0, 0, _shown(way)))
    journeys = {id: entry["document"] for id, entry in body.get("journeys", {}).items()}
    derived = map(documents.read, body.get("events", {}).values())
    there = seen.known(lines, journeys, derived, templates)
    # of an event's own properties only their event could tell, which is not asked for
    unseen = dict.fromkeys(seen.of_rule(there, rule)) if not where else ()
    hints = [Flaw(each.message, each.hint, 0, 0) for each in unseen]
    return Checked(words[()], rules.to_json(rule), clauses, flaws, hints)


def _flaws(error: Invalid) -> list[Flaw]:
    return [Flaw(each.message, each.hint, each.line, each.column, _shown(each.path)) for each in error.problems]


def _shown(way: Sequence[str | int]) -> str:
    return ".".join(map(str, way))
