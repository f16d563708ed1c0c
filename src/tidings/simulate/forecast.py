"""A forecast: what would come of a journey in the next hour if people go on as they did in the last days.

It plays the journey over the recent past of a sample of people, as a backtest does, and looks at the hours of the day that come next. It
reads and keeps nothing, and ends when its time is up: the fewer people it saw, the rougher it is, and it says how many they were.
"""

import math
import time
from collections.abc import Mapping
from typing import Any, Final, Protocol
from zoneinfo import ZoneInfo

from msgspec import Struct
from msgspec.structs import replace

from tidings import journeys
from tidings.content.template import read as read_template
from tidings.database import clock
from tidings.database.pool import Pool, one_moment
from tidings.journeys import ramp as ramps
from tidings.journeys.limits import Limits
from tidings.journeys.ramp import Ramp
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.share import show_share
from tidings.kernel.times import DAY, HOUR, MINUTE, SECOND, parse_iso, show_second, to_datetime
from tidings.simulate import older, reading
from tidings.simulate.account import Window
from tidings.simulate.measure import Measure
from tidings.simulate.slice import Job, Slices, share_of

DAYS: Final = 7
SAMPLE: Final = 400
SECONDS: Final = 1.5
_STRIDE: Final = 13
"""Partitions are looked at in leaps, so that whichever are reached are spread over all."""
_FEW: Final = 5


class Whose(Protocol):
    """The workspace."""

    @property
    def id(self) -> int:
        """Its number."""

    @property
    def secret(self) -> bytes:
        """What its ids are keyed with."""


class Forecast(Struct, frozen=True):
    """``sentence``: who gets what first, when, and what is held back; ``basis``: what that goes by. ``entering``: people who come in the
    next ``hours``, null where it is too early to tell; ``waiting``: those of them whom the journey's
    own limits would not let in by then; ``share``: of them whom its ramp lets in by then, 1 without one. ``messages`` sent to them and
    ``held`` by caps in that time; ``first``: when about the first message goes out, ISO 8601, null where none can be told, its
    ``template``, and what that is ``called``. ``people``: looked at, ``of`` how many; ``days``: of their past. ``inside``: people
    inside already, to whom ``next`` messages go in that time, while a cap holds ``next_held`` back.
    ``taken``: who match already and are taken in by then, null where that can't be told."""

    sentence: str
    basis: str
    entering: float | None
    waiting: float
    messages: float
    held: float
    hours: int
    first: str | None
    people: int
    of: int
    days: int
    share: float = 1.0
    inside: int = 0
    next: float = 0.0
    next_held: float = 0.0
    taken: int | None = 0
    template: str = ""
    called: str = ""


async def forecast(
    pool: Pool,
    workspace: Whose,
    body: Mapping[str, Any],
    journey: str,
    *,
    sample: int = SAMPLE,
    seconds: float = SECONDS,
    ramp: str = "",
) -> Forecast:
    """Say what would come of a journey of a body that is to be in force. ``ramp``: one that begins with it, as it is written."""
    until = time.monotonic() + seconds
    async with one_moment(pool) as connection:
        now = await clock.now(connection)
        of = await reading.count_people(connection, workspace.id)
        since = await connection.fetchval(_SINCE, workspace.id)
        share, window = share_of(sample, of), Window(now - DAYS * DAY, now)
        sides, border = [("forecast", body, False)], older.border(body, now)
        job = Job(workspace.id, workspace.secret, journey, sides, window, share, keeps=False, border=border)
        slices, found, people, looked = Slices(job), Measure(), 0, 0
        await slices.read(connection)
        for number in range(PARTITIONS):
            count = await slices.play(number * _STRIDE % PARTITIONS)
            found.add(count.sides[0])
            people, looked = people + count.people, looked + 1
            if time.monotonic() > until:
                break
    zone = str((body.get("settings") or {}).get("timezone") or "UTC")
    limits = journeys.read(body["journeys"][journey]["document"]).limits
    stages = Ramp(ramps.parse(ramp), now, 0, now, {}) if ramp else ramps.read(body["journeys"][journey])
    whole = share * looked / PARTITIONS
    span = DAYS * DAY if since is None else now - since
    said = told(found, limits, whole, people, of, now, zone, stages, grouped=bool(slices.sides[0].befalling), span=span)
    return resaid(said, body, journey, now)


def resaid(found: Forecast, body: Mapping[str, Any], journey: str, now: int) -> Forecast:
    """Put a forecast of a journey into its sentence, where messages have the names that people know them by."""
    source = body.get("templates", {}).get(found.template)
    named = replace(
        found, called=read_template(found.template, source["text"], source["format"]).called if source else ""
    )
    refuses = journeys.read(body["journeys"][journey]["document"]).limits.over == "refuse"
    zone = str((body.get("settings") or {}).get("timezone") or "UTC")
    return replace(named, sentence=say(named, refuses, zone, now))


def told(
    found: Measure,
    limits: Limits,
    share: float,
    people: int,
    of: int,
    now: int,
    zone: str,
    ramp: Ramp | None = None,
    *,
    grouped: bool = False,
    span: int = DAYS * DAY,
) -> Forecast:
    """Put what was measured into a forecast. ``share``: of all people who were looked at; ``zone``: whose clock is spoken of; ``grouped``:
    what befalls groups lets people in. That is in history only where a journey in force began from it; a backtest works it out anew.
    ``span``: microseconds since anything is known, where that is less than the days that are looked at. Within the first day no hour tells
    what the same one of another day brings, so all of them count alike."""
    days = min(DAYS, math.ceil(span / DAY))
    if span < DAY:
        known = max(MINUTE, span)
        each = [sum(hour[place] for hour in found.coming.values()) for place in range(3)]
        times = HOUR / (share * known) if share else 0.0
        hours = 1 if each[0] * times >= 1 else 24
        times *= hours
        coming = [each]
        rests = f"in the {_known(known)} since events began to come"
    else:
        times = 1 / (share * days) if share else 0.0
        hours = 1 if found.coming.get("0", [0])[0] * times >= 1 else 24
        coming = [found.coming[str(hour)] for hour in range(hours) if str(hour) in found.coming]
        rests = f"in the last {days} days" if days > 1 else "in the last day"
    entering, messages, held = (sum(each[place] for each in coming) * times for place in range(3))
    part = ramps.share(ramp, now + hours * HOUR) if ramp is not None else 1.0  # whoever came before is in by then, too
    waiting = max(0.0, entering * part - _room(limits, hours))
    first, template = _first(found, now, times) if span >= DAY else _soon(found, now, entering, hours)
    came = round(entering / times) if times else 0
    early = span < HOUR and 0 < came < _FEW
    whom = ("1 person" if of == 1 else f"all {of:,} people") if people == of else f"{people:,} of {of:,} people"
    rough = "a rough guess, " if 0 < came < _FEW or span < HOUR else ""
    basis = f"{rough}going by what {whom} did {rests}" if of else "nobody is known yet"
    if early:
        basis = f"{'1 person' if came == 1 else f'{came:,} people'} of {of:,} would have come in {rests}"
    if grouped:
        basis += (
            "; of what befell groups, only what a journey in force began from is known here: a backtest works it out"
        )
    found_at = show_second(first) if first is not None and entering and not early else None
    said = Forecast(
        "",
        basis,
        None if early else entering,
        waiting,
        0.0 if early else messages * part,
        0.0 if early else held * part,
        hours,
        found_at,
        people,
        of,
        days,
        part,
        template=template if found_at else "",
    )
    return replace(said, sentence=say(said, limits.over == "refuse", zone, now))


def say(found: Forecast, refuses: bool, zone: str, now: int) -> str:
    """Put a forecast into one sentence. ``refuses``: whom its limits keep out comes in no more; ``zone``: whose clock it is."""
    span = "the next hour" if found.hours == 1 else "the next day"
    inside = f"{found.inside:,} {'person is' if found.inside == 1 else 'people are'} inside already"
    back = [_count(found.held + found.next_held, "message", "by a cap")] if found.held + found.next_held >= 0.5 else []
    gets = _gets(found, zone, now)
    if not found.entering:
        sentence = f"nobody is likely to come in within {span}"
        if found.entering is None:
            sentence = "it is too early to tell how many will come in"
        if found.inside:
            sentence += f"; {inside}, and {gets}"
    else:
        count = max(1, round(found.entering))
        come = "person comes" if count == 1 else "people come"
        beside = f", beside {found.inside:,} inside already," if found.inside else ""
        sentence = f"about {count:,} {come} in within {span}{beside} and {gets}"
        if (outside := found.entering * (1 - found.share)) >= 0.5:
            back.append(_count(outside, "person", f"by the ramp (at {show_share(found.share)} then)"))
        if found.waiting >= 1 and not refuses:
            back.append(_count(found.waiting, "person", "by the journey’s limits"))
    if back:
        sentence += f"; held back: {', '.join(back)}"
    if found.entering and found.waiting >= 1 and refuses:
        sentence += f"; {_count(found.waiting, 'person', 'refused by the journey’s limits')}"
    return sentence


def _gets(found: Forecast, zone: str, now: int) -> str:
    """What goes out, and first when."""
    first = parse_iso(found.first) if found.first else None
    when = ""
    if first is not None:
        at, today = to_datetime(first).astimezone(ZoneInfo(zone)), to_datetime(now).astimezone(ZoneInfo(zone))
        day = "" if at.date() == today.date() else f"on {at:%A} {at.day} {at:%B} "
        when = f"“{found.called or found.template}” {day}at about {at:%H:%M} {zone}"
    messages = found.messages + found.next
    if round(messages) == 0 or first is None or first > now + found.hours * HOUR:
        return f"the first message is {when}" if when else "no message goes out by then"
    return f"about {_count(messages, 'message', 'goes' if round(messages) == 1 else 'go')} out by then, first {when}"


def _count(count: float, what: str, how: str) -> str:
    whole = max(1, round(count))
    many = "people" if what == "person" else f"{what}s"
    return f"{whole:,} {what if whole == 1 else many} {how}"


def _known(span: int) -> str:
    count, unit = (round(span / HOUR), "hour") if span >= HOUR else (round(span / MINUTE), "minute")
    return unit if count == 1 else f"{count} {unit}s"


def _soon(found: Measure, now: int, entering: float, hours: int) -> tuple[int | None, str]:
    """When about the first message goes out where people come at any time alike, and which."""
    if not found.firsts or not entering:
        return None, ""
    delay, template = min(found.firsts)
    return now + round(hours * HOUR / max(1.0, entering)) + delay * SECOND, template


def _room(limits: Limits, hours: int) -> float:
    """How many the journey's own limits let in, in so many hours."""
    room = [float(each) for each in (limits.at_once, limits.in_all) if each]
    if (rate := limits.rate) is not None:
        room.append(rate.times * max(1.0, hours * HOUR / rate.within))
    return min(room, default=float("inf"))


def _first(found: Measure, now: int, times: float) -> tuple[int | None, str]:
    """When about the first message goes out, and which: when somebody is to be expected, and the shortest way from there to a message."""
    if found.firsts:
        delay, template = min(found.firsts)
        for hour in range(24):
            entries = found.coming.get(str(hour), [0])[0]
            if entries:
                return now + hour * HOUR + round(HOUR / max(1.0, entries * times)) + delay * SECOND, template
    return None, ""


_SINCE: Final = "SELECT min(first) FROM catalog WHERE workspace = $1 AND kind IN ('track', 'page', 'screen')"
