"""For how many people a rule holds, and who they are, as a stream: a sample with its margin at once, then everybody."""

import asyncio
import time
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing
from typing import Annotated, Any, Final
from weakref import WeakKeyDictionary

import msgspec
from litestar import post
from litestar.response import Stream
from msgspec import Meta, Struct

from tidings import rules
from tidings.api.here import Here
from tidings.api.permit import may
from tidings.api.shown import Listed, listed
from tidings.project import store
from tidings.project.matching import Matched, Matcher, Turns, matching

_TURNS: Final[WeakKeyDictionary[asyncio.AbstractEventLoop, Turns]] = WeakKeyDictionary()
"""One for the process: it has one loop."""
_EVERY: Final = 0.2
"""Seconds between two lines, while nobody new is told."""


class Matching(Struct):
    """``whole``: count everybody; else it ends with the sample, or with ``limit`` people. ``attributes``: what is shown beside them."""

    rule: str
    whole: bool = False
    limit: Annotated[int, Meta(ge=0, le=10_000)] = 0
    attributes: Annotated[list[str], Meta(max_length=50)] = []


class SoFar(Struct):
    """A line. ``holding`` of ``looked`` people, ``of`` all; between ``low`` and ``high`` of all, 19 times out of 20, and exactly that
    where they are equal. ``people``: found since the line before. ``done``: the last line. ``busy``: it ends with the sample, since
    too many others count everybody just now."""

    looked: int
    of: int
    holding: int
    low: int
    high: int
    people: list[Listed]
    done: bool
    busy: bool = False


def turns() -> Turns:
    """Give the turns of this process, that all take who look at everybody."""
    return _TURNS.setdefault(asyncio.get_running_loop(), Turns())


@post("/people/matching", guards=[may("people:read")], status_code=200, media_type="application/x-ndjson")
async def match_people(data: Matching, here: Here) -> Stream:
    """Stream lines of JSON (`SoFar`): for how many people a rule holds, and some or all of them, in no order."""
    rule = rules.parse(data.rule)
    async with here.pool.acquire() as connection:
        matcher = Matcher(here.workspace.id, rule, await store.derived(connection, here.workspace.id))
    now, whole = time.time_ns() // 1000, data.whole or data.limit > 0
    found = matching(here.pool, matcher, now, whole=whole, turns=turns())
    return Stream(_lines(found, data), media_type="application/x-ndjson", headers={"x-accel-buffering": "no"})


async def _lines(found: AsyncGenerator[Matched], data: Matching) -> AsyncIterator[bytes]:
    told, spoke = 0, 0.0
    people: list[Listed] = []
    last: Matched | None = None
    async with aclosing(found):
        async for each in found:
            if each.busy:
                yield _line(last or each, [], True, busy=True)
                return
            last = each
            if each.sampled:
                yield _line(each, [], False)
                continue
            people += [listed(who, data.attributes) for who in each.people[: max(data.limit - told - len(people), 0)]]
            now = asyncio.get_running_loop().time()
            full = bool(data.limit) and not data.whole and told + len(people) >= data.limit
            if people or now - spoke > _EVERY:
                yield _line(each, people, False)
                told, people, spoke = told + len(people), [], now
            if full:
                break
            await asyncio.sleep(0)
    if last is not None:
        yield _line(last, people, True)


def _line(each: Matched, people: list[Listed], done: bool, busy: bool = False) -> bytes:
    line: Any = SoFar(each.looked, each.of, each.holding, each.low, each.high, people, done, busy)
    return msgspec.json.encode(line) + b"\n"
