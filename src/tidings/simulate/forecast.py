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

from tidings import journeys
from tidings.database import clock
from tidings.database.pool import Pool
from tidings.journeys import ramp as ramps
from tidings.journeys.limits import Limits
from tidings.journeys.ramp import Ramp
from tidings.kernel.ids import PARTITIONS
from tidings.kernel.share import show_share
from tidings.kernel.times import DAY, HOUR, MINUTE, SECOND, show_second, to_datetime
from tidings.simulate import reading
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
    """``sentence``: all of it in words. ``entering``: people who come in the next ``hours``; ``waiting``: those of them whom the journey's
    own limits would not let in by then; ``share``: of them whom its ramp lets in by then, 1 without one. ``messages`` sent to them and
    ``held`` by caps in that time; ``first``: when about the first message goes out, ISO 8601, null where none can be told. ``people``:
    looked at, ``of`` how many; ``days``: of their past. ``inside``: people inside already, to whom ``next`` messages go in that time, while
    a cap holds ``next_held`` back.
    ``taken``: who match already and are taken in by then, null where that can't be told."""

    sentence: str
    entering: float
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
    async with pool.acquire() as connection, connection.transaction(isolation="repeatable_read", readonly=True):
        now = await clock.now(connection)
        of = await reading.count_people(connection, workspace.id)
        since = await connection.fetchval(_SINCE, workspace.id)
        share, window = share_of(sample, of), Window(now - DAYS * DAY, now)
        job = Job(workspace.id, workspace.secret, journey, [("forecast", body, False)], window, share, keeps=False)
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
    return told(found, limits, whole, people, of, now, zone, stages, grouped=bool(slices.sides[0].befalling), span=span)


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
    messages, held = messages * part, held * part
    waiting = max(0.0, entering * part - _room(limits, hours))
    first = _first(found, now, times) if span >= DAY else _soon(found, now, entering, hours)
    whom = ("1 person" if of == 1 else f"all {of:,} people") if people == of else f"{people:,} of {of:,} people"
    rough = "a rough guess, " if span < HOUR else ""
    seen = f"{rough}going by what {whom} did {rests}" if of else "nobody is known yet"
    if grouped:
        seen += (
            "; of what befell groups, only what a journey in force began from is known here: a backtest works it out"
        )
    if not entering:
        sentence = f"nobody is likely to come in soon ({seen})"
        return Forecast(sentence, 0, 0, messages, held, hours, None, people, of, days, part)
    if span < HOUR and entering / times < _FEW:
        came = max(1, round(entering / times))
        whom = "1 person did" if came == 1 else f"{came} people did"
        part_of = f" ({people:,} of {of:,} people looked at)" if people < of else ""
        sentence = f"it is too early to tell how many will come in: {whom} {rests}{part_of}"
        return Forecast(sentence, entering, waiting, messages, held, hours, None, people, of, days, part)
    count, ahead = max(1, round(entering)), "hour" if hours == 1 else "day"
    about = "perhaps" if entering / times < _FEW or span < HOUR else "about"
    parts = [f"{about} {count:,} {'people' if count != 1 else 'person'} in the next {ahead}"]
    if part < 1:
        parts.append(
            f"{entering * part:,.0f} of them let in by then (the ramp is at {show_share(part)}), the others later"
        )
    if waiting >= 1:
        parts.append(f"{waiting:,.0f} of them {'refused' if limits.over == 'refuse' else 'wait'} at the door")
    if held >= 0.5:
        parts.append(f"{held:,.0f} {'message' if round(held) == 1 else 'messages'} held by a cap")
    when = (
        "" if first is None else f"; first message about {to_datetime(first).astimezone(ZoneInfo(zone)):%H:%M} {zone}"
    )
    sentence = f"{', '.join(parts)}{when} ({seen})"
    at = show_second(first) if first is not None else None
    return Forecast(sentence, entering, waiting, messages, held, hours, at, people, of, days, part)


def _known(span: int) -> str:
    count, unit = (round(span / HOUR), "hour") if span >= HOUR else (round(span / MINUTE), "minute")
    return unit if count == 1 else f"{count} {unit}s"


def _soon(found: Measure, now: int, entering: float, hours: int) -> int | None:
    """When about the first message goes out where people come at any time alike."""
    if not found.delays or not entering:
        return None
    return now + round(hours * HOUR / max(1.0, entering)) + min(found.delays) * SECOND


def _room(limits: Limits, hours: int) -> float:
    """How many the journey's own limits let in, in so many hours."""
    room = [float(each) for each in (limits.at_once, limits.in_all) if each]
    if (rate := limits.rate) is not None:
        room.append(rate.times * max(1.0, hours * HOUR / rate.within))
    return min(room, default=float("inf"))


def _first(found: Measure, now: int, times: float) -> int | None:
    """When about the first message goes out: when somebody is to be expected, and the shortest way from there to a message."""
    if not found.delays:
        return None
    for hour in range(24):
        entries = found.coming.get(str(hour), [0])[0]
        if entries:
            return now + hour * HOUR + round(HOUR / max(1.0, entries * times)) + min(found.delays) * SECOND
    return None


_SINCE: Final = "SELECT min(first) FROM catalog WHERE workspace = $1 AND kind IN ('track', 'page', 'screen')"
