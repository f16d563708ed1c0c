"""The settings of a workspace, `tidings.toml`: who sends, what people may unsubscribe from, which provider carries each channel.

Secrets never stand in it: a provider's settings name the environment variable that holds one (``password_env``).
"""

import re
from collections.abc import Mapping
from typing import Any, Final
from zoneinfo import ZoneInfo

import msgspec
from msgspec import Struct

from tidings.channels.walk import configure, registry
from tidings.content import brand as brands
from tidings.content.brand import Brand
from tidings.delivery.policy import parse_limits, parse_rates
from tidings.journeys.quiet import read_quiet
from tidings.kernel.expected import plain
from tidings.kernel.problems import Invalid, Problem, did_you_mean
from tidings.kernel.times import DAY, parse_duration
from tidings.people.control import share_of

MARKETING: Final = "marketing"
"""The cap that counts everything but transactional messages."""
_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,63}")
_EMAIL = re.compile(r"[^@\s<>,;:\"]+@[^@\s<>,;:\"]+")


class Sender(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """Whom a message is from: a template says ``from: hello`` for ``[senders.hello]``."""

    email: str
    name: str = ""
    reply_to: str = ""


class Topic(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """What a person may unsubscribe from. ``subscribed``: whether someone who never chose gets it."""

    name: str
    description: str = ""
    subscribed: bool = True


class Settings(Struct, forbid_unknown_fields=True, omit_defaults=True):
    """The whole file. ``sender``: who sends where a template does not say. ``expires``: how late a marketing message may still go out.
    ``start_age``: how old an event may be and still start a journey. ``retention``: how long history is kept ("": for ever).
    ``channels``: provider and its settings, by channel. ``limits``: caps on what one person gets (``3 per 7 days``), by channel, topic or
    ``marketing``. ``brand``: what mail has in common. ``quiet``: hours in which nothing is sent, by the same names. ``control_group``: the
    share of people who get no marketing (``5%``). ``rates``: how fast a provider may be used (``10 per second``), by channel.
    ``approval``: what is to be in force must be approved by somebody else than its author."""

    workspace: str
    timezone: str = "UTC"
    sender: str = ""
    expires: str = "24 hours"
    start_age: str = "24 hours"
    retention: str = ""
    approval: bool = False
    brand: Brand = Brand()
    control_group: str = ""
    senders: dict[str, Sender] = {}
    topics: dict[str, Topic] = {}
    channels: dict[str, dict[str, Any]] = {}
    limits: dict[str, str] = {}
    quiet: dict[str, dict[str, Any]] = {}
    rates: dict[str, str] = {}


def read(data: Mapping[str, Any]) -> Settings:
    """Read the plain data of `tidings.toml`; raises Invalid with every fault, each with its path."""
    settings, problems = readable(data)
    if settings is None or any(not problem.warning for problem in problems):
        raise Invalid(problems)
    return settings


def readable(data: Mapping[str, Any]) -> tuple[Settings | None, list[Problem]]:
    """Read what can be read, as if the rest was not said, and say every fault, each with its path. None: a whole table can't be read."""
    problems = _shape(data)
    unread = [path for path in (problem.path for problem in problems) if path and not _is_table(data, path)]
    for path in unread:
        if len(path) == 1 and path[0] in _TABLES:
            return None, problems
        data = _without(data, path)
    settings = msgspec.convert(_filled(data), Settings)
    problems += [
        problem
        for problem in (
            *_names(settings),
            *_zone(settings),
            *_durations(settings),
            *_limits(settings),
            *_quiet(settings),
            *_control(settings),
            *_senders(settings),
            *_channels(settings),
            *brands.check(settings.brand),
        )
        if not any(problem.path[: len(path)] == path for path in unread)
        and (settings.workspace or problem.path != ("workspace",))
    ]
    return settings, problems


def _is_table(data: Any, path: tuple[str | int, ...]) -> bool:
    for key in path:
        data = data.get(key) if isinstance(data, Mapping) else None
    return isinstance(data, Mapping)


def _without(data: Mapping[Any, Any], path: tuple[str | int, ...]) -> dict[Any, Any]:
    """Leave out what stands at a path; what is no table and should be one has nothing in it."""
    key, *rest = path
    if rest:
        is_entry = len(path) == 2 and _TABLES.get(str(key)) is not None
        return {**data, key: {**data[key], rest[0]: {}} if is_entry else _without(data[key], tuple(rest))}
    return {name: value for name, value in data.items() if name != key}


def _filled(data: Mapping[str, Any]) -> dict[str, Any]:
    """What must be said, and is not, is empty."""
    filled = {"workspace": "", **data}
    for table, name in (("senders", "email"), ("topics", "name")):
        filled[table] = {key: {name: "", **entry} for key, entry in data.get(table, {}).items()}
    return filled


def write(settings: Settings) -> dict[str, Any]:
    """Give the plain data in canonical order, what is at its default left out."""
    plain: dict[str, Any] = msgspec.to_builtins(settings)
    return plain


def _shape(data: Mapping[str, Any]) -> list[Problem]:
    """What is unknown, missing or of the wrong type, field by field."""
    problems = _fields(data, Settings, ())
    if isinstance(inner := data.get("brand"), Mapping):
        problems += _fields(inner, Brand, ("brand",))
    for table, struct in _TABLES.items():
        inner = data.get(table, {})
        for name, entry in inner.items() if isinstance(inner, Mapping) else ():
            if struct is None:
                wrong = not isinstance(entry, str)
                problems += [Problem(f"`{name}` is text", _EXAMPLES[table], (table, name))] if wrong else []
            elif not isinstance(entry, Mapping):
                problems.append(Problem(f"`{name}` is a table", f"write `[{table}.{name}]`", (table, name)))
            elif struct is not Struct:
                problems += _fields(entry, struct, (table, name))
    return problems


_TABLES: Final[Mapping[str, type[Struct] | None]] = {
    "senders": Sender,
    "topics": Topic,
    "channels": Struct,
    "limits": None,
    "quiet": Struct,
    "rates": None,
}
"""What stands in each table: a struct, a provider's own settings, or text."""


def _fields(data: Mapping[str, Any], struct: type[Struct], path: tuple[str, ...]) -> list[Problem]:
    known = {field.encode_name: field for field in msgspec.structs.fields(struct)}
    where = f"`[{'.'.join(path)}]`" if path else "tidings.toml"
    problems = [
        Problem(f"{where} has no setting `{key}`", _nearest(str(key), list(known)), (*path, key))
        for key in data
        if key not in known
    ]
    for name, field in known.items():
        if name not in data:
            if field.required:
                problems.append(Problem(f"`{name}` is missing in {where}", _EXAMPLES.get(name, ""), path))
            continue
        try:
            msgspec.convert(data[name], dict[str, Any] if name in _TABLES or name == "brand" else field.type)
        except msgspec.ValidationError as error:
            problems.append(Problem(f"`{name}`: {plain(str(error))}", _EXAMPLES.get(name, ""), (*path, name)))
    return problems


_EXAMPLES = {
    "workspace": 'write for example `workspace = "production"`',
    "email": 'write for example `email = "hello@example.com"`',
    "name": 'write for example `name = "Product news"`',
    "limits": 'write for example `marketing = "3 per 7 days"` below `[limits]`',
    "rates": 'write for example `sms = "10 per second"` below `[rates]`',
}


def _nearest(word: str, known: list[str]) -> str:
    return did_you_mean(word, known) or f"there are: {', '.join(known)}"


def _names(settings: Settings) -> list[Problem]:
    found: list[tuple[str, ...]] = [("workspace",)] if not _NAME.fullmatch(settings.workspace) else []
    found += [("senders", name) for name in settings.senders if not _NAME.fullmatch(name)]
    found += [("topics", name) for name in settings.topics if not _NAME.fullmatch(name)]
    hint = "use small letters, digits, - and _, at most 64, for example `product-news`"
    return [Problem(f"`{path[-1] if path[1:] else settings.workspace}` can't be a name", hint, path) for path in found]


def _zone(settings: Settings) -> list[Problem]:
    try:
        ZoneInfo(settings.timezone)
    except (KeyError, ValueError, OSError):
        hint = "write a name of the zone database, for example `Europe/Berlin` or `UTC`"
        return [Problem(f"there is no time zone `{settings.timezone}`", hint, ("timezone",))]
    return []


def _durations(settings: Settings) -> list[Problem]:
    texts: dict[tuple[str, ...], str] = {("expires",): settings.expires, ("start_age",): settings.start_age}
    if settings.retention:
        texts[("retention",)] = settings.retention
    problems = []
    for path, text in texts.items():
        try:
            length = parse_duration(text)
        except ValueError as error:
            message, _, hint = str(error).partition("; ")
            problems.append(Problem(message, hint, path))
            continue
        if path == ("retention",) and length < DAY:
            problems.append(
                Problem("history is kept for a day or longer", 'write for example `retention = "400 days"`', path)
            )
    return problems


def _limits(settings: Settings) -> list[Problem]:
    problems = []
    for parse, table in ((parse_limits, settings.limits), (parse_rates, settings.rates)):
        try:
            parse(table)
        except Invalid as error:
            problems += error.problems
    capped, rated = [MARKETING, *registry(), *settings.topics], list(registry())
    for path, known in [(("limits", name), capped) for name in settings.limits] + [
        (("rates", name), rated) for name in settings.rates
    ]:
        if path[1] not in known:
            problems.append(Problem(f"there is nothing called `{path[1]}` to limit", _nearest(path[1], known), path))
    return problems


def _quiet(settings: Settings) -> list[Problem]:
    known = [MARKETING, *registry(), *settings.topics]
    problems = [
        Problem(f"there is nothing called `{name}` to be quiet about", _nearest(name, known), ("quiet", name))
        for name in settings.quiet
        if name not in known
    ]
    try:
        read_quiet(settings.quiet)
    except Invalid as error:
        problems += [Problem(each.message, each.hint, ("quiet", *each.path)) for each in error.problems]
    return problems


def _control(settings: Settings) -> list[Problem]:
    try:
        share_of({"control_group": settings.control_group})
    except ValueError as error:
        message, _, hint = str(error).partition("; ")
        return [Problem(message, hint, ("control_group",))]
    return []


def _senders(settings: Settings) -> list[Problem]:
    problems = []
    for name, sender in settings.senders.items():
        for field in ("email", "reply_to"):
            value = getattr(sender, field)
            if value and not _EMAIL.fullmatch(value):
                problems.append(
                    Problem(
                        f"`{value}` is not an email address",
                        "write the address alone; the name goes into `name`",
                        ("senders", name, field),
                    )
                )
    if settings.sender and settings.sender not in settings.senders:
        hint = did_you_mean(settings.sender, list(settings.senders)) or f"add `[senders.{settings.sender}]`"
        problems.append(Problem(f"there is no sender `{settings.sender}`", hint, ("sender",)))
    return problems


def _channels(settings: Settings) -> list[Problem]:
    try:
        configure(settings.channels)
    except Invalid as error:
        return [
            Problem(problem.message, problem.hint, ("channels", *problem.path), warning=problem.warning)
            for problem in error.problems
        ]
    return []
