"""The hot routes: where SDKs deliver. Decode, translate, append, answer; a 200 is given once what it is about is durable.

Who may call: ``/v1/…`` a write key, public or secret; ``/api/v1`` and ``/api/v2`` a site id with its key; reports of deliveries
(``/api/v1/metrics``, ``/api/v1/push/events``, ``/unsubscribe/…``) whoever knows a delivery's id. Unknown write keys are answered as those
formats ask, and nothing of them is kept.
"""

import asyncio
import math
import time
from collections.abc import Callable, Coroutine, Sequence
from typing import Any, Final, NamedTuple

from tidings.api import counts
from tidings.api.appender import Appender, Away
from tidings.api.away import AWAY
from tidings.api.http import (
    Broken,
    Gone,
    Receive,
    Scope,
    Send,
    TooLarge,
    answer,
    body_of,
    fields_of,
    preflight,
    query_of,
    segments_of,
)
from tidings.api.keys import Keys as Known
from tidings.api.limits import Buckets
from tidings.api.origin import Origins
from tidings.api.receipts import believable
from tidings.database.access import Source
from tidings.database.pool import Pool
from tidings.ingest import Answer, Keys, Refused, Request, form, segment, track_v1, track_v2
from tidings.kernel.records import Record
from tidings.people.identity import key_of, mentions
from tidings.people.rejected import Refusal

Error = Callable[[int, str, str], Answer]


class Format(NamedTuple):
    """One wire format. ``prefix``: segments before what it reads. ``most``: bytes of a body. ``posts``: nothing but POST is answered."""

    name: str
    prefix: int
    most: int
    read: Callable[[Request, Keys, str], Answer]
    error: Error
    posts: bool = True


def _track_error(status: int, code: str, message: str) -> Answer:
    return track_v1.error(status, message)


SEGMENT: Final = Format(
    "segment", 1, segment.BATCH, lambda request, keys, base: segment.answer(request, keys), segment.error
)
BEACON: Final = SEGMENT._replace(prefix=2)
TRACK_V1: Final = Format("track v1", 2, track_v1.LARGEST, track_v1.answer, _track_error, False)
TRACK_V2: Final = Format(
    "track v2", 2, track_v2.BATCH, lambda request, keys, base: track_v2.answer(request, keys), track_v2.error, False
)
UNSUBSCRIBE: Final = Format(
    "unsubscribe", 1, 10_000, lambda request, keys, base: track_v1.unsubscribe(request), _track_error
)
FORM: Final = Format("form", 1, form.LARGEST, lambda request, keys, base: form.answer(request, keys), form.error)
CALLS: Final = frozenset((*segment.CALLS, *segment.SHORT, *segment.MANY, "m"))


def format_of(path: str) -> Format | None:
    """Find the format that answers at a path."""
    if path.startswith("/v1/"):
        return SEGMENT if path[4:].rstrip("/") in CALLS else None
    if path.startswith("/api/v1/"):
        return TRACK_V1
    if path.startswith("/api/v2/"):
        return TRACK_V2
    if path == "/beacon/v1/batch":
        return BEACON
    if path.startswith("/forms/"):
        return FORM if path.count("/") == 3 else None
    return UNSUBSCRIBE if path.startswith("/unsubscribe/") and path.count("/") == 2 else None


class Door:
    """``base``: this installation's public address. ``within``: seconds in which every request is answered, as the appender's."""

    def __init__(
        self,
        pool: Pool,
        keys: Known,
        appender: Appender,
        buckets: Buckets,
        origins: Origins,
        base: str,
        within: float,
    ) -> None:
        self._pool, self._keys, self._appender, self._buckets, self._origins = pool, keys, appender, buckets, origins
        self._base, self._within = base, within

    async def __call__(self, scope: Scope, receive: Receive, send: Send, format: Format) -> None:
        """Answer one request."""
        headers = fields_of(scope)
        origin = headers.get("origin")
        method: str = scope["method"]
        if method == "OPTIONS":
            await preflight(send, origin)
            return
        try:
            body = await body_of(receive, headers, format.most)
            path = segments_of(scope)[format.prefix :]
            request = Request(method, path, headers, body, time.time_ns() // 1000, _query(scope))
            given = await self._answer(request, format, scope)
        except TooLarge:
            given = format.error(400, "too_large", f"the request is larger than {format.most >> 10} KB")
        except Broken as fault:
            given = format.error(400, "unreadable_body", str(fault))
        except Gone:
            return
        counts.answered(format.name, given.status)
        await answer(send, given.status, given.body, origin, given.headers)

    async def _answer(self, request: Request, format: Format, scope: Scope) -> Answer:
        if format.posts and request.method != "POST":
            return format.error(405, "method_not_allowed", "only POST is answered here")
        if not self._keys.ready.is_set():
            return _later(format)
        given = await self._read(request, format)
        source, records = given.source, given.records
        if source is None and given.status == 200 and format is SEGMENT:
            counts.unknown.inc()
        if source is not None or records:
            wait = self._buckets.take(self._origins.of(scope) if source is None else source.id)
            if wait:
                counts.limited.inc()
                return _limited(format, wait, "address" if source is None else "key")
        if not records and not given.refused:
            return given
        try:
            if source is None:
                await self._in_time(self._keep_if_believable(given))
            else:
                await self._keep(records, given.refused)
        except (Away, *AWAY):
            return _later(format)
        if source is not None:
            self._keys.use(source)
        return given

    async def _read(self, request: Request, format: Format) -> Answer:
        """Read a request; a key that is unknown is looked for once more."""
        unknown: list[str] = []

        def find(credential: str) -> Source | None:
            source = self._keys.find(credential)
            if source is None:
                unknown.append(credential)
            return source

        given = format.read(request, find, self._base)
        if given.source is None and unknown and await self._keys.seek(unknown[-1]) is not None:
            given = format.read(request, self._keys.find, self._base)
        return given

    async def _keep(self, records: Sequence[Record], refused: Sequence[Refused]) -> None:
        refusals = [self._refusal(each) for each in refused]
        if records or refusals:
            await self._appender.keep(records, refusals)

    async def _keep_if_believable(self, given: Answer) -> None:
        records = given.records
        if records and not records[0].source:
            records = await believable(self._pool, records)
        await self._keep(records, given.refused)

    async def _in_time(self, work: Coroutine[Any, Any, None]) -> None:
        """Wait for what asks the database before anything is appended, which then sees to its own time."""
        task = asyncio.create_task(work)
        if not (await asyncio.wait({task}, timeout=self._within))[0]:
            task.cancel()
            raise Away
        task.result()

    def _refusal(self, refused: Refused) -> Refusal:
        record = refused.record
        workspace = self._keys.workspaces.get(record.workspace)
        named = (*mentions(record), *refused.told_of)
        keys = [key_of(workspace.secret, *identifier) for identifier in named] if workspace else []
        return Refusal(record.workspace, record.source, record.received, refused.reason, keys, record)


def _query(scope: Scope) -> dict[str, str]:
    return query_of(scope) if scope.get("query_string") else {}


def _limited(format: Format, wait: float, which: str) -> Answer:
    seconds = str(max(1, math.ceil(wait)))
    given = format.error(429, "rate_limited", f"this {which} sends more than it may; try again in {seconds} s")
    return given._replace(headers={"retry-after": seconds, "x-ratelimit-reset": seconds})


def _later(format: Format) -> Answer:
    given = format.error(503, "unavailable", "the database does not answer; send this again")
    return given._replace(headers={"retry-after": "1"})
