"""A lane: an open provider of one workspace's channel, with as many sends side by side as it can use."""

import asyncio
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Final

import structlog
from msgspec import Struct

from tidings.channels.provider import Missing, Outcome, Outgoing, Retry, Sender, Unknown
from tidings.delivery.delivery import Delivery

logger = structlog.get_logger(__name__)
MANY: Final = 8
"""Messages handed to a provider in one go, at most: their answers come together."""
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


class Lane:
    """Opens its provider in a task of its own, hands out in the order given, and tells each end to ``done``."""

    def __init__(self, opened: AbstractAsyncContextManager[Sender], done: Callable[[Handout, Outcome], None]) -> None:
        self._opened, self._done = opened, done
        self._waiting: deque[Handout] = deque()
        self._news = asyncio.Event()
        self._closing = False
        self._carriers: set[asyncio.Task[None]] = set()
        self.in_flight = 0
        self._task = asyncio.create_task(self._run())

    def hand(self, handout: Handout) -> None:
        """Queue one; its end is told to ``done``, always."""
        self.in_flight += 1
        self._waiting.append(handout)
        self._news.set()

    def withdraw(self) -> list[Handout]:
        """Take back what waits and was not begun; nothing is told of it."""
        found = list(self._waiting)
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
                handouts = [self._waiting.popleft() for _ in range(size)]
                for handout, outcome in zip(handouts, await _send(sender, handouts), strict=True):
                    self._end(handout, outcome)
        finally:
            self._news.set()

    async def _answer_all(self, outcome: Outcome) -> None:
        while True:
            while self._waiting:
                self._end(self._waiting.popleft(), outcome)
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
