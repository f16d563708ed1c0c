"""Results: how attempts ended, written many at once, each with its record for the log in the same transaction."""

import asyncio
from collections.abc import Callable
from typing import Any

import asyncpg
import structlog
from msgspec import Struct

from tidings import log
from tidings.channels.provider import Accepted, Bounced, Failed, Outcome, Retry, Unknown
from tidings.database.pool import AWAY, Pool
from tidings.delivery import queue, reports
from tidings.delivery.lane import Handout
from tidings.delivery.queue import Settled
from tidings.delivery.retry import backoff, last_chance

logger = structlog.get_logger(__name__)
_MOST = 500
_LONGEST_WAIT = 0.5
"""Seconds between two tries to write: until it is written, what was sent counts as unknown."""


class Result(Struct, frozen=True):
    """An end: the row's new state and the log's rows that tell of it."""

    settled: Settled
    rows: tuple[tuple[int, bytes], ...]


class Results:
    """Takes outcomes as they come, commits them together. A commit that fails is tried again: what was sent must not be forgotten."""

    def __init__(self, pool: Pool, clock: Callable[[], int]) -> None:
        self._pool, self._clock = pool, clock
        self._waiting: list[tuple[int, Result]] = []
        self._news = asyncio.Event()
        self._closing = False
        self.changed = asyncio.Event()
        """Set after each commit."""

    def done(self, handout: Handout, outcome: Outcome) -> None:
        """Take one outcome."""
        self._waiting.append((handout.worker, result(handout, outcome, self._clock())))
        self._news.set()

    async def run(self) -> None:
        """Commit until `close` is called and nothing is left."""
        while not (self._closing and not self._waiting):
            if not self._waiting:
                self._news.clear()
                await self._news.wait()
                continue
            taken, self._waiting = self._waiting[:_MOST], self._waiting[_MOST:]
            await self._commit(taken)
            self.changed.set()

    def close(self) -> None:
        """Let `run` end once all is written."""
        self._closing = True
        self._news.set()

    async def _commit(self, taken: list[tuple[int, Result]]) -> None:
        wait = 0.05
        while True:
            try:
                async with self._pool.acquire() as connection, connection.transaction():
                    await self._write(connection, taken)
                return
            except (asyncpg.DataError, ValueError, TypeError):
                if len(taken) == 1:
                    logger.exception("a result can't be written", delivery=taken[0][1].settled.delivery.public)
                    return
                for one in taken:  # one that can't be stored must not take the others with it
                    await self._commit([one])
                return
            except AWAY as error:
                logger.warning("results are not written yet", results=len(taken), error=str(error))
                await asyncio.sleep(wait)
                wait = min(wait * 2, _LONGEST_WAIT)

    async def _write(self, connection: asyncpg.Connection, taken: list[tuple[int, Result]]) -> int:
        rows: list[tuple[int, bytes]] = []
        for worker in {worker for worker, _ in taken}:
            results = [result for by, result in taken if by == worker]
            ours = await queue.settle(connection, worker, [result.settled for result in results])
            told = [
                result for result in results if (result.settled.delivery.partition, result.settled.delivery.id) in ours
            ]
            rows += [row for result in told for row in result.rows]
            unsent = [result.settled.delivery for result in told if result.settled.state not in ("sent", "unknown")]
            if unsent:
                await queue.give_back(connection, unsent)
        return await log.append(connection, rows)


def result(handout: Handout, outcome: Outcome, now: int) -> Result:
    """Say what an outcome makes of the delivery."""
    delivery, attempt = handout.delivery, handout.attempt
    gone = tuple(reports.gone(delivery, token, now) for token in outcome.gone)
    state, reason, metric, again = _judged(handout, outcome, now)
    settled = Settled(
        delivery=delivery,
        state=state,
        attempt=attempt,
        time=now,
        reason=reason,
        next_attempt=again,
        provider_id=outcome.provider_id if isinstance(outcome, Accepted) else "",
    )
    if not metric:
        return Result(settled, gone)
    if isinstance(outcome, Bounced) and outcome.unsubscribed and handout.consent:
        how = f"told by {handout.provider}"
        gone = (*gone, reports.left(delivery, handout.consent, how, now))
    detail: dict[str, Any] = {"recipient": handout.outgoing.recipient.address}
    if reason and state != "sent":
        detail["reason"] = reason
    if isinstance(outcome, Bounced):
        detail["permanent"] = outcome.permanent
    if isinstance(outcome, Accepted):
        detail |= outcome.detail
    return Result(settled, (reports.receipt(delivery, metric, now, detail), *gone))


def _judged(handout: Handout, outcome: Outcome, now: int) -> tuple[str, str, str, int]:
    """Give state, reason, metric ("" : none to tell of) and when to try again."""
    match outcome:
        case Accepted(says=says):
            return "sent", says, "sent", 0
        case Bounced(reason=reason):
            return "bounced", reason, "bounced", 0
        case Failed(reason=reason):
            return "failed", reason, "failed", 0
        case Unknown(reason=reason) if not handout.delivery.sure:
            return "unknown", f"{reason}; it is sent at most once", "unknown", 0
        case Retry(reason=reason) | Unknown(reason=reason):
            after = outcome.after if isinstance(outcome, Retry) else None
            again = now + backoff(handout.delivery.id, handout.attempt, after)
            if again >= last_chance(handout.delivery.due, handout.delivery.expires):
                return "failed", f"given up after {handout.attempt} attempts: {reason}", "failed", 0
            return "planned", f"attempt {handout.attempt}: {reason}", "", again
