"""For how many people a rule holds now, and who they are: sampled at once, then everybody, in portions that anybody may stop between.

Ids begin with the home partition and are random behind it, so people next to each other have nothing in common: whoever stands behind
a random place of each partition is a fair sample. Rules are asked by the evaluator that moves people, with what happened read from history.
"""

import asyncio
import os
import time
from collections.abc import AsyncGenerator, AsyncIterator, Mapping, Sequence
from contextlib import aclosing, asynccontextmanager, nullcontext
from math import ceil, floor, sqrt
from typing import Any, Final, NamedTuple, Protocol

from msgspec.structs import replace

from tidings import rules
from tidings.database.pool import Connection, Pool
from tidings.engine.needs import Needs, Query, query_key
from tidings.kernel.ids import PARTITIONS, partition_of
from tidings.kernel.problems import Invalid, Problem
from tidings.people import links, lookup
from tidings.people.document import Person, Time
from tidings.processor import groups
from tidings.processor.facts import Asked, answer

SAMPLE: Final = 1_280
"""People looked at before the first answer; where there are hardly more, all are."""
PORTION: Final = 256
AT_ONCE: Final = 2
"""Who looks at everybody at once, in one process; each keeps up to half a core busy."""
WAITING: Final = 20
_REST: Final = 0.2
_SURE: Final = 1.96
"""Standard deviations: 19 times out of 20 the truth lies within the margin."""


class Matched(NamedTuple):
    """After each portion: so many were ``looked`` at ``of`` all, for ``holding`` of them the rule holds; ``people``: those of this portion.
    ``sampled``: it was the sample, whose people are looked at again in their turn. ``busy``: nobody more is looked at now.

    ``low`` and ``high``: between which the whole number lies, 19 times out of 20; the same once everybody was looked at.
    """

    looked: int
    of: int
    holding: int
    low: int
    high: int
    people: Sequence[Person]
    sampled: bool = False
    busy: bool = False


class Asker(Protocol):
    """A question to be asked of many."""

    async def holding(self, connection: Connection, people: Sequence[Person], now: int) -> list[Person]:
        """Give those of whom it is true at ``now``."""


class Matcher:
    """A rule to be asked of many; ``derived``: events that have a rule of their own.

    Raises Invalid where it can't be asked of somebody outside of a journey.
    """

    def __init__(self, workspace: int, rule: rules.Rule, derived: rules.Derived) -> None:
        self.workspace, self.rule = workspace, rules.compile(rule, derived=derived)
        if self.rule.uses_event or self.rule.uses_journey or any(each.entry for each in self.rule.counters):
            hint = "`since entry`, `event.` and `journey.` belong into a journey's rules; write for example `within 7 days`"
            raise Invalid([Problem("the rule speaks of a journey, and nobody is in one here", hint)])

    async def holding(self, connection: Connection, people: Sequence[Person], now: int) -> list[Person]:
        """Give those for whom it holds at ``now``."""
        times = await self._times(connection, people, now) if self.rule.counters else [{}] * len(people)
        if self.rule.group_attributes:
            people = await self._with_groups(connection, people)
        return [
            each
            for each, own in zip(people, times, strict=True)
            if self.rule.holds(
                rules.View(each.attributes, each.segments, each.groups, None, None, _reading(own)),
                now,
            )
        ]

    async def _times(
        self, connection: Connection, people: Sequence[Person], now: int
    ) -> list[Mapping[bytes, Sequence[Time]]]:
        needs = Needs(tuple(_query(counter, now) for counter in self.rule.counters))
        behind = await links.absorbed(connection, [each.id for each in people])
        asked = [Asked([each.id, *behind.get(each.id, ())], needs, ()) for each in people]
        facts = await answer(connection, asked)
        names = {query_key(counter): counter.key for counter in self.rule.counters}
        return [{names[key]: found for key, found in each.times.items()} for each in facts]

    async def _with_groups(self, connection: Connection, people: Sequence[Person]) -> list[Person]:
        """Members keep only what rules in force name of their groups; this one may name more."""
        keys = {
            (each.type, each.key): (
                partition_of(self.workspace, "group:" + each.type, each.key),
                self.workspace,
                each.type,
                each.key,
            )
            for person in people
            for each in person.groups
            if each.type in self.rule.groups
        }
        found = await groups.load(connection, list(keys.values()))

        def whole(group: Any) -> Any:
            read = found.get(keys[group.type, group.key]) if (group.type, group.key) in keys else None
            return group if read is None else replace(group, attributes=dict(read.attributes))

        return [replace(each, groups=[whole(group) for group in each.groups]) for each in people]


class Turns:
    """How many may look at everybody at once in this process, and how many more may wait for it."""

    def __init__(self, most: int = AT_ONCE, waiting: int = WAITING) -> None:
        self._most, self._room = asyncio.Semaphore(most), most + waiting

    @asynccontextmanager
    async def turn(self) -> AsyncIterator[bool]:
        """Wait for a turn, and have it; gives False at once where too many wait."""
        if not self._room:
            yield False
            return
        self._room -= 1
        try:
            async with self._most:
                yield True
        finally:
            self._room += 1


async def matching(
    pool: Pool, matcher: Matcher, now: int, *, whole: bool, turns: Turns | None = None
) -> AsyncGenerator[Matched]:
    """Ask everybody, a portion at a time; the first answer is of a sample. ``whole`` False: of the sample alone.

    Looking at everybody waits for its turn, and rests after each portion as long as that took this thread: so a process that answers
    others too spends at most half of its time on it. Where too many wait, it ends with the sample, and says `busy`.
    """
    asked = everybody(pool, matcher.workspace, matcher, now, whole=whole, turns=turns)
    async with aclosing(asked) as found:
        async for each in found:
            yield each


async def everybody(
    pool: Pool, workspace: int, asker: Asker, now: int, *, whole: bool, turns: Turns | None = None
) -> AsyncGenerator[Matched]:
    """Ask everybody of a workspace, as `matching` does, whatever the question is."""
    async with pool.acquire() as connection:
        total = await lookup.count(connection, workspace)
        small = total <= 2 * SAMPLE
        sample = [] if small else await sampled(connection, workspace)
        holding = await asker.holding(connection, sample, now) if sample else []
    if not small:
        yield _matched(len(sample), total, len(holding), holding)._replace(sampled=True)
        if not whole:
            return
    async with turns.turn() if turns is not None else nullcontext(True) as has:
        if not has:
            yield _matched(0, total, 0, [])._replace(busy=True)
            return
        async with aclosing(_each(pool, workspace, asker, total, small, now)) as found:
            async for each in found:
                yield each


async def _each(pool: Pool, workspace: int, asker: Asker, total: int, small: bool, now: int) -> AsyncGenerator[Matched]:
    looked = count = 0
    for partition in range(PARTITIONS):
        after = b""
        while True:
            began = time.thread_time()
            async with pool.acquire() as connection:
                people = await lookup.portion(connection, workspace, partition, after, PORTION)
                holding = await asker.holding(connection, people, now)
            looked, count = looked + len(people), count + len(holding)
            last = len(people) < PORTION
            if people:
                after = people[-1].id
                if not small or holding:
                    yield _matched(looked, max(total, looked), count, holding)
            if last:
                break
            await asyncio.sleep(min(time.thread_time() - began, _REST))
    yield Matched(looked, looked, count, count, count, ())


async def sampled(connection: Connection, workspace: int) -> list[Person]:
    """Give a fair sample of a workspace's people."""
    each = SAMPLE // PARTITIONS
    found: list[Person] = []
    for partition in range(PARTITIONS):
        since = bytes([partition]) + os.urandom(15)
        some = await lookup.portion(connection, workspace, partition, since, each)
        if len(some) < each:
            some += await lookup.portion(connection, workspace, partition, b"", each - len(some))
        found += some
    return list({person.id: person for person in found}.values())


def _matched(looked: int, total: int, holding: int, people: Sequence[Person]) -> Matched:
    low, high = interval(looked, holding, total)
    return Matched(looked, total, holding, low, high, people)


def interval(looked: int, holding: int, total: int) -> tuple[int, int]:
    """Between which the number of all lies, 19 times out of 20: Wilson's interval, narrowed as few are left (E. B. Wilson, 1927)."""
    if looked >= total or not looked:
        return holding, holding if looked else total
    share, left = holding / looked, (total - looked) / max(total - 1, 1)
    squared = _SURE * _SURE * left
    middle = (share + squared / (2 * looked)) / (1 + squared / looked)
    reach = (
        sqrt(squared) * sqrt(share * (1 - share) / looked + squared / (4 * looked * looked)) / (1 + squared / looked)
    )
    return max(holding, floor((middle - reach) * total)), min(total - looked + holding, ceil((middle + reach) * total))


def _query(counter: rules.Counter, now: int) -> Query:
    since = [counter.after, None if counter.horizon is None else now - counter.horizon - 1]
    after = max((each for each in since if each is not None), default=None)
    return Query(counter, query_key(counter), counter.keep, after, counter.until)


def _reading(times: Mapping[bytes, Sequence[Time]]) -> Any:
    return lambda counter: times.get(counter.key, ())
