"""The application: which path is answered by what, and what is started and stopped with it.

Who may call: see `door` for the hot routes. ``/v1/projects/…``, ``/sourceConfig``, the scripts of `libraries` and ``/healthz`` anybody;
``/t/…`` whoever has a link from a message (it is signed); ``/a/…`` whoever has a picture's address (its hash is
the secret), without cookies; ``/webhooks/…`` providers (their signature is checked); ``/mailbox`` anybody, in development only;
``/metrics`` whoever has its token (this machine alone, where none is set): it holds no data of people;
``/api/…`` an app key or a session, by the permission each route states; everything else is the web app's page, which holds nothing until
one signs in.
"""

import asyncio
from contextlib import suppress
from functools import partial
from hmac import compare_digest
from typing import Final

import structlog

from tidings.api import counts
from tidings.api.appender import Appender, Away
from tidings.api.away import AWAY
from tidings.api.broadcasts import is_trigger, trigger
from tidings.api.door import Door, format_of
from tidings.api.http import App, Receive, Scope, Send, answer, fields_of, plain, preflight, query_of, segments_of
from tidings.api.keys import Keys
from tidings.api.libraries import Libraries
from tidings.api.limits import Buckets
from tidings.api.management import make_management
from tidings.api.origin import Origins
from tidings.api.pictures import Pictures, wanted_picture
from tidings.api.progress import behind
from tidings.api.settings_page import NAMES, settings_page, source_config
from tidings.api.web import Web
from tidings.api.within import within
from tidings.channels.means import means_of
from tidings.database.pool import Pool
from tidings.delivery.mailbox_pages import make_mailbox
from tidings.delivery.pages import make_pages
from tidings.ingest.request import as_json, basic, bearer
from tidings.kernel.records import Record
from tidings.log import holding
from tidings.settings import Settings

logger = structlog.get_logger(__name__)
_PATIENCE: Final = 3.0
"""Seconds that probes wait for the database."""
_STARTING: Final = 10.0
"""Seconds that starting waits for the keys; after them it answers 503 until they are there."""


def make(pool: Pool, settings: Settings) -> App:
    """Give the ASGI application. It holds up to three connections of the pool, which must have more."""
    return _Application(pool, settings)


class _Application:
    def __init__(self, pool: Pool, settings: Settings) -> None:
        self._pool, self._settings = pool, settings
        self._keys = Keys(pool)
        self._appender = Appender(pool, lanes=2 if settings.connections > 4 else 1, within=settings.answer_within)
        buckets = Buckets(settings.rate_limit)
        self._origins = Origins(settings.proxies)
        self._door = Door(
            pool, self._keys, self._appender, buckets, self._origins, settings.url, settings.answer_within
        )
        self._pages = make_pages(pool, self._append, settings.url, means=means_of(settings), pictures=settings.pictures)
        self._mailbox = make_mailbox(pool, shown=settings.shown) if settings.development else None
        self._manage = make_management(pool, self._keys, buckets, settings)
        self._web, self._libraries = Web(), Libraries()
        self._pictures = Pictures(pool)
        self._tasks: list[asyncio.Task[None]] = []

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] == "http":
            try:
                format = format_of(scope["path"])
                if format is not None:
                    await self._door(scope, receive, send, format)
                elif not await within(self._settings.answer_within, partial(self._other, scope), receive, send):
                    await self._away(scope, send, "TimeoutError")
            except Exception:
                logger.exception("a request could not be answered", first=scope["path"][:30].split("/")[1:2])
                body = as_json(
                    {"code": "error", "message": "this is our fault; it was written down", "error": "our fault"}
                )
                await answer(send, 500, body, fields_of(scope).get("origin"))
        elif scope["type"] == "lifespan":
            await self._live(receive, send)

    async def _live(self, receive: Receive, send: Send) -> None:
        while True:
            message = await receive()
            if message["type"] == "lifespan.startup":
                await self._start()
                await send({"type": "lifespan.startup.complete"})
            else:
                await self._stop()
                await send({"type": "lifespan.shutdown.complete"})
                return

    async def _start(self) -> None:
        self._tasks = [asyncio.create_task(self._keys.run()), asyncio.create_task(self._appender.wake())]
        with suppress(TimeoutError):
            async with asyncio.timeout(_STARTING):
                await self._keys.ready.wait()

    async def _stop(self) -> None:
        await self._appender.close()
        self._keys.stop()
        await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _other(self, scope: Scope, receive: Receive, send: Send) -> None:
        path: str = scope["path"]
        try:
            if path.startswith("/t/") or path.startswith("/webhooks/"):
                await self._pages(scope, receive, send)
            elif path.endswith("/settings") and (asks := path.partition("/v1/projects/"))[1] and asks[0][1:] in NAMES:
                await self._before_sending(scope, send, asks[0][1:])
            elif path.startswith("/sourceConfig"):
                await self._before_sending(scope, send, None)
            elif (library := self._libraries.find(path)) is not None:
                await self._libraries(scope, send, library)
            elif path.startswith("/v1/") and scope["method"] == "OPTIONS":
                await preflight(send, fields_of(scope).get("origin"))
            elif is_trigger(path):
                await trigger(self._manage, scope, receive, send)
            elif path.startswith("/v1/"):
                await self._no_such_call(scope, send)
            elif path.startswith("/a/") and (wanted := wanted_picture(path)) is not None:
                await self._pictures(scope, send, wanted)
            elif path.startswith("/api/"):
                await self._manage(scope, receive, send)
            elif path == "/healthz":
                await self._health(send)
            elif path == "/metrics":
                await self._metrics(scope, send)
            elif path == "/mailbox" or path.startswith("/mailbox/"):
                if self._mailbox is None:
                    await self._no_such_call(scope, send)
                else:
                    await self._mailbox(scope, receive, send)
            else:
                await self._web(scope, send)
        except (Away, *AWAY) as error:
            await self._away(scope, send, type(error).__name__)

    async def _away(self, scope: Scope, send: Send, error: str) -> None:
        logger.warning("the database does not answer", path=scope["path"].split("/")[1], error=error)
        body = as_json({"error": "the database does not answer; try again"})
        await answer(send, 503, body, more={"retry-after": "1"})

    async def _append(self, records: list[Record]) -> None:
        await self._appender.keep(records)

    async def _before_sending(self, scope: Scope, send: Send, library: str | None) -> None:
        """What libraries in browsers ask first; ``library``: one of `NAMES`, None is RudderStack's. Of a key it says no more than the
        key itself does."""
        headers = fields_of(scope)
        origin = headers.get("origin")
        if scope["method"] == "OPTIONS":
            await preflight(send, origin)
            return
        if library is None:
            login = basic(headers)
            key = login[0] if login else query_of(scope).get("writeKey", "")
        else:
            key = segments_of(scope)[-2]
        source = await self._keys.seek(key)
        if source is None or source.kind != "write_key":
            known = self._keys.ready.is_set()
            body = as_json({"error": "this write key is unknown" if known else "starting; try again"})
            await answer(send, 404 if known else 503, body, origin)
            return
        told = NAMES.get(library or "", ())
        body = source_config(source, key) if library is None else settings_page(self._settings.url, key, told)
        await answer(send, 200, body, origin, {"cache-control": "public, max-age=60"})

    async def _no_such_call(self, scope: Scope, send: Send) -> None:
        """An unknown call, in the forms in which the libraries that may have asked read errors."""
        says = "there is no such call"
        errors = [{"detail": says, "status": "404"}]
        body = {"success": False, "code": "not_found", "message": says, "meta": {"error": says}, "errors": errors}
        await answer(send, 404, as_json(body), fields_of(scope).get("origin"))

    async def _metrics(self, scope: Scope, send: Send) -> None:
        """Counts for Prometheus: for whoever has the token, or where none is set for this machine alone."""
        token = self._settings.metrics_token
        if not (compare_digest(bearer(fields_of(scope)) or "", token) if token else self._origins.is_here(scope)):
            says = b"this needs the bearer token of TIDINGS_METRICS_TOKEN\n"
            await plain(send, 401, says if token else b"set TIDINGS_METRICS_TOKEN to ask from other machines\n")
            return
        with suppress(*AWAY):
            async with asyncio.timeout(_PATIENCE), self._pool.acquire() as connection:
                counts.held.set(await holding.held(connection))
                for workspace, partitions in (await behind(connection)).items():
                    counts.behind.labels(workspace).set(partitions)
        await plain(send, 200, counts.page(), "text/plain; version=0.0.4; charset=utf-8")

    async def _health(self, send: Send) -> None:
        """Whether events can be taken: the keys are known and the database answers."""
        try:
            async with asyncio.timeout(_PATIENCE), self._pool.acquire() as connection:
                await connection.fetchval("SELECT 1")
        except AWAY:
            await plain(send, 503, b"the database does not answer\n")
            return
        ready = self._keys.ready.is_set()
        await plain(send, 200 if ready else 503, b"ok\n" if ready else b"starting\n")
