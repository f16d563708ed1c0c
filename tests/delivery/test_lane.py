"""A lane wants as much in hand as its provider answers in a moment."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import cast

import pytest

from tidings.channels.provider import Accepted, Outcome, Outgoing, Sender
from tidings.delivery.delivery import Delivery
from tidings.delivery.lane import BEGIN, MANY, Handout, Lane

HANDOUT = Handout(cast("Delivery", None), cast("Outgoing", None), 1, 1_000_000_000, 1)


class Slow(Sender):
    """A provider whose every answer takes so many seconds of a clock of its own. ``together``: the most it had at once."""

    at_once = 2

    def __init__(self, takes: float) -> None:
        self.takes, self.now, self.together = takes, 0.0, 0

    async def send(self, outgoing: Outgoing) -> Outcome:
        return (await self.send_many([outgoing]))[0]

    async def send_many(self, outgoings: Sequence[Outgoing]) -> list[Outcome]:
        self.together = max(self.together, len(outgoings))
        await asyncio.sleep(0)
        self.now += self.takes * len(outgoings) / self.at_once
        return [Accepted("")] * len(outgoings)


@pytest.mark.parametrize(("takes", "room"), [(10.0, 4), (0.1, 4), (0.01, 20), (0.001, 200)])
async def test_it_wants_what_is_answered_in_a_tenth_of_a_second(takes: float, room: int) -> None:
    provider, ended = Slow(takes), asyncio.Event()

    @asynccontextmanager
    async def opened() -> AsyncIterator[Sender]:
        yield provider

    def done(handout: Handout, outcome: Outcome) -> None:
        if not lane.in_flight:
            ended.set()

    lane = Lane(opened(), done, lambda: provider.now)
    assert lane.room == BEGIN
    for _ in range(4 * MANY):
        lane.hand(HANDOUT)
    async with asyncio.timeout(60):
        await ended.wait()
    assert lane.room == pytest.approx(room, rel=0.3)
    assert provider.together <= MANY
    await lane.close()
