"""A ramp: a journey lets in a small share of people first, and more as time goes on, or as somebody says. Pure.

Who is in a share is drawn by a hash of the person, so whoever was in a smaller one is in the larger. Stages have a length, or last until
somebody goes on; a ramp that was stopped stands still.
"""

import re
from collections.abc import Mapping
from itertools import pairwise
from typing import Any, Final, NamedTuple

from tidings.kernel.share import in_share, parse_share, show_share
from tidings.kernel.times import Duration, parse_duration, show_duration

_STAGE: Final = re.compile(r"\s*(all|\d[\d.]*\s*%)(?:\s+for\s+(.+))?\s*")
EXAMPLE: Final = "1% for 1 hour, 10% for 1 day, 100%"


class Stage(NamedTuple):
    """``share``: a part of one. ``lasts``: microseconds, 0: until somebody goes on."""

    share: float
    lasts: Duration


class Ramp(NamedTuple):
    """``began``: when it did. ``stage``: which was entered at ``since``; time alone may have gone on from there. ``before``: numbers of the
    journey as it began, by what they count. ``stopped``: when, 0: it is not; ``why``."""

    stages: tuple[Stage, ...]
    began: int
    stage: int
    since: int
    before: Mapping[str, int]
    stopped: int = 0
    why: str = ""


def parse(text: str) -> tuple[Stage, ...]:
    """Read ``1% for 1 hour, 10% for 1 day, 100%`` (or ``all``); raises ValueError saying what a ramp looks like. The last stage is for
    everybody."""
    stages = []
    for part in text.split(","):
        match = _STAGE.fullmatch(part)
        if not match:
            raise ValueError(f"{part.strip()!r} is no stage of a ramp; write for example `{EXAMPLE}`")
        share = 1.0 if match[1] == "all" else parse_share(match[1])
        stages.append(Stage(share, parse_duration(match[2]) if match[2] else 0))
    if any(one.share >= other.share for one, other in pairwise(stages)):
        raise ValueError(f"each stage lets in more people than the one before; write for example `{EXAMPLE}`")
    if stages[-1].share < 1:
        stages.append(Stage(1.0, 0))
    return tuple(stages)


def show(stages: tuple[Stage, ...]) -> str:
    """Print stages as `parse` reads them."""
    return ", ".join(
        show_share(each.share) + (f" for {show_duration(each.lasts)}" if each.lasts else "") for each in stages
    )


def read(entry: Mapping[str, Any]) -> Ramp | None:
    """Read the ramp of a journey in force; None where it lets everybody in."""
    kept = entry.get("ramp")
    if not kept:
        return None
    stages = tuple(Stage(*each) for each in kept["stages"])
    return Ramp(
        *(stages, kept["began"], kept["stage"], kept["since"], kept.get("before", {})),
        stopped=kept.get("stopped", 0),
        why=kept.get("why", ""),
    )


def write(ramp: Ramp) -> dict[str, Any]:
    """Give what `read` reads."""
    data: dict[str, Any] = ramp._asdict() | {
        "stages": [list(each) for each in ramp.stages],
        "before": dict(ramp.before),
    }
    return {key: value for key, value in data.items() if value or key not in ("stopped", "why")}


def now_at(ramp: Ramp, now: int) -> tuple[int, int]:
    """Give the stage a ramp is at, and since when."""
    stage, since = ramp.stage, ramp.since
    until = min(now, ramp.stopped or now)
    while stage + 1 < len(ramp.stages) and (lasts := ramp.stages[stage].lasts) and until >= since + lasts:
        stage, since = stage + 1, since + lasts
    return stage, since


def share(ramp: Ramp, now: int) -> float:
    """Give the share it lets in."""
    return ramp.stages[now_at(ramp, now)[0]].share


def goes_on(ramp: Ramp, now: int) -> int | None:
    """When time takes it on to the next stage; None where only somebody does, or there is none."""
    stage, since = now_at(ramp, now)
    lasts = ramp.stages[stage].lasts
    return since + lasts if lasts and stage + 1 < len(ramp.stages) and not ramp.stopped else None


def reaches(ramp: Ramp | None, now: int, workspace: int, journey: str, person: bytes) -> int | None:
    """When it lets a person in: ``now`` or before where it does, later where time alone takes it there, None where somebody must."""
    if ramp is None or now < ramp.began:
        return now
    stage, since = now_at(ramp, now)
    while not in_share(ramp.stages[stage].share, "ramp", workspace, journey, person):
        lasts = ramp.stages[stage].lasts
        if not lasts or stage + 1 >= len(ramp.stages) or ramp.stopped:
            return None
        stage, since = stage + 1, since + lasts
    return since


def lets_in(ramp: Ramp | None, now: int, workspace: int, journey: str, person: bytes) -> str:
    """Say why a person is not let in, or "". ``person``: what draws are made on."""
    if ramp is None or now < ramp.began:
        return ""
    part = share(ramp, now)
    if in_share(part, "ramp", workspace, journey, person):
        return ""
    return f"outside the ramp: the journey lets in {show_share(part)} of people for now"
