"""A lane: an open provider of one workspace's channel, with as many sends side by side as it can use.

What is handed to a lane stands in the unknown window until its end is told, whether its turn has come or not. So a lane wants no more than
its provider answers in a moment (`room`): few of a slow one, many of a fast one, and always enough that it never waits for us.
"""

import asyncio
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final, NamedTuple

import structlog
from msgspec import Struct

from tidings.channels.provider import Missing, Outcome, Outgoing, Retry, Sender, Unknown
from tidings.delivery.delivery import Delivery

logger = structlog.get_logger(__name__)
MANY: Final = 8
"""Messages handed to a provider in one go, at most: their answers come together."""
SOON: Final = 0.1
"""Seconds within which what a lane has in hand should be answered."""
BEGIN: Final = 16
"""How many a lane is handed before any was answered."""
PATIENCE: Final = 4
"""Windows after which an attempt is taken for lost even where its worker still seems to live."""


class Handout(Struct, frozen=True):
    """A claimed delivery and what its provider gets. ``attempt`` counts from 1; ``window`` bounds its answer, in microseconds.
    ``worker``: who claimed it. ``consent``: the channel's name in a person's consent."""

    delivery: Delivery
    outgoing: Outgoing
    attempt: int
    window: int
    worker: int
    provider: str = ""
    consent: str = ""


class _Place(NamedTuple):
    """A handout in its lane. ``ahead``: how many were to be answered with it, itself among them; ``since``: when it came."""

    handout: Handout
    ahead: int
    since: float


class Lane:
    """Opens its provider in a task of its own, hands out in the order given, and tells each end to ``done``. ``clock``: seconds."""

    def __init__(
        self,
        opened: AbstractAsyncContextManager[Sender],
        done: Callable[[Handout, Outcome], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._opened, self._done, self._clock = opened, done, clock
        self._waiting: deque[_Place] = deque()
        self._news = asyncio.Event()
        self._closing = False
        self._carriers: set[asyncio.Task[None]] = set()
        self.in_flight = 0
        self.room = BEGIN
        """How many it should have in flight at most."""
        self._task = asyncio.create_task(self._run())

    def hand(self, handout: Handout) -> None:
        """Queue one; its end is told to ``done``, always."""
        self.in_flight += 1
        self._waiting.append(_Place(handout, self.in_flight, self._clock()))
        self._news.set()

    def withdraw(self) -> list[Handout]:
        """Take back what waits and was not begun; nothing is told of it."""
        found = [place.handout for place in self._waiting]
        self._waiting.clear()
        self.in_flight -= len(found)
        return found

    async def close(self) -> None:
        """Finish what was handed out, then close the provider."""
        self._closing = True
        self._news.set()
        await self._task

    async def _run(self) -> None:
        try:
            async with self._opened as sender:
                await self._serve(sender)
        except Missing as missing:
            await self._answer_all(Retry(str(missing)))
        except Exception as error:  # a provider that can't be opened must not stop the others
            logger.exception("the provider could not be opened or closed")
            await self._answer_all(Retry(f"the provider could not be opened: {error}"))

    async def _serve(self, sender: Sender) -> None:
        while not (self._closing and not self._waiting):
            while self._waiting and len(self._carriers) < max(1, sender.at_once):
                carrier = asyncio.create_task(self._carry(sender))
                self._carriers.add(carrier)
                carrier.add_done_callback(self._carriers.discard)
            self._news.clear()
            if self._waiting or not self._closing:
                await self._news.wait()
        if self._carriers:
            await asyncio.gather(*self._carriers)

    async def _carry(self, sender: Sender) -> None:
        """Send one after the other until none waits; several in one go where the provider pipelines them."""
        share = 1 if type(sender).send_many is Sender.send_many else MANY
        try:
            while self._waiting:
                size = min(share, -(-len(self._waiting) // max(1, sender.at_once)))
                places = [self._waiting.popleft() for _ in range(size)]
                outcomes = await _send(sender, [place.handout for place in places])
                self._measure(places[-1], sender.at_once)
                for place, outcome in zip(places, outcomes, strict=True):
                    self._end(place.handout, outcome)
        finally:
            self._news.set()

    def _measure(self, place: _Place, at_once: int) -> None:
        """See how fast it goes: what was ahead was answered in the meantime. The next of each connection is at hand in any case."""
        took = max(self._clock() - place.since, 1e-6)
        self.room = max(2 * at_once, int(place.ahead * SOON / took))

    async def _answer_all(self, outcome: Outcome) -> None:
        while True:
            while self._waiting:
                self._end(self._waiting.popleft().handout, outcome)
            if self._closing:
                return
            self._news.clear()
            await self._news.wait()

    def _end(self, handout: Handout, outcome: Outcome) -> None:
        self.in_flight -= 1
        self._done(handout, outcome)


async def _send(sender: Sender, handouts: list[Handout]) -> Sequence[Outcome]:
    seconds = max(handout.window for handout in handouts) / 1_000_000
    try:
        async with asyncio.timeout(seconds if len(handouts) == 1 else 2 * seconds):
            if len(handouts) == 1:
                return [await sender.send(handouts[0].outgoing)]
            outcomes = await sender.send_many([handout.outgoing for handout in handouts])
    except TimeoutError:
        return [Unknown("the provider did not answer in time")] * len(handouts)
    except Exception as error:  # a fault of the provider's code: whether the message went out is not known
        logger.exception("a provider raised", channel=handouts[0].outgoing.channel)
        return [Unknown(f"the provider's code failed: {type(error).__name__}: {error}")] * len(handouts)
    return outcomes
