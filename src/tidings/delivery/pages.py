"""The public pages behind a message's links, and the door for providers' reports. Each choice or sighting becomes a record in the log.

Paths: ``/t/o/…`` open pixel, ``/t/c/…`` click, ``/t/u/…`` unsubscribe, ``/t/p/…`` preferences, ``/t/v/…`` view in browser, and
``/webhooks/{channel}/{provider}/{workspace}``. A token that is none of ours gets 404 and changes nothing.
"""

import asyncio
import time
from collections import OrderedDict
from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import Any, Final, TypeAlias

import structlog
from msgspec import Struct

from tidings.channels import registry
from tidings.channels.provider import Means, Missing, Refused, Report, Request
from tidings.database.pool import AWAY, Pool
from tidings.delivery import choices, compose, copies, links, listing, queue, store
from tidings.delivery.clock import wall_clock
from tidings.delivery.delivery import Delivery
from tidings.delivery.machines import hints
from tidings.delivery.page import App, Receive, Scope, Send, TooLarge, body, card, form, headers, respond, respond_page
from tidings.delivery.policy import address_hash
from tidings.delivery.reports import SAID, about, sighting
from tidings.delivery.workspaces import Snapshot, Workspaces
from tidings.kernel.ids import fresh
from tidings.kernel.records import Consent, Receipt, Record
from tidings.people.document import Agreement

logger = structlog.get_logger(__name__)

Append: TypeAlias = Callable[[list[Record]], Awaitable[None]]

PIXEL: Final = bytes.fromhex("47494638396101000100800000000000ffffff21f90401000000002c000000000100010000020144003b")
"""A transparent GIF of one pixel."""
_OFTEN: Final = 20
"""Opens and clicks of one link that are recorded within a minute; more are answered and not recorded. So many choices are taken, and
so often a message is shown."""


def make_pages(
    pool: Pool,
    append: Append,
    base: str,
    *,
    means: Means | None = None,
    clock: Callable[[], int] = wall_clock,
    pictures: str = "",
) -> App:
    """Give the ASGI app. ``base``: the public address it is served under; ``pictures``: the one they are loaded from, "" for the same;
    ``append`` takes records into the log, durably."""
    return _Pages(pool, append, base.rstrip("/"), means or Means(), clock, pictures)


class _Known(Struct, frozen=True):
    """A link with what it leads to."""

    link: links.Link
    snapshot: Snapshot
    delivery: Delivery | None


class _Pages:
    def __init__(
        self, pool: Pool, append: Append, base: str, means: Means, clock: Callable[[], int], pictures: str
    ) -> None:
        self._pool, self._append, self._base, self._means, self._clock = pool, append, base, means, clock
        self._workspaces = Workspaces(pictures or self._base)
        self._refreshed = 0.0
        self._often: OrderedDict[str, tuple[float, int]] = OrderedDict()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        method, path = scope["method"], scope["path"]
        parts = path.strip("/").split("/")
        try:
            if len(parts) == 3 and parts[0] == "t" and parts[1] in ("o", "c", "u", "p", "v"):
                await self._tracked(scope, receive, send, method, parts[1], parts[2])
            elif len(parts) == 4 and parts[0] == "webhooks":
                await self._reported(scope, receive, send, method, *parts[1:])
            else:
                await respond_page(send, "Not found", card("Not found", "<p>There is nothing here.</p>"), 404)
        except TooLarge:
            await respond(send, 413, b"too large\n", "text/plain")
        except AWAY as error:
            logger.warning("the database does not answer", error=str(error))
            again = card("Not now", "<p>Something is being repaired. Please try again in a moment.</p>")
            await respond_page(send, "Not now", again, 503, {"retry-after": "5"})

    async def _tracked(self, scope: Scope, receive: Receive, send: Send, method: str, kind: Any, token: str) -> None:
        allowed = ("GET", "HEAD", "POST") if kind in ("u", "p") else ("GET", "HEAD")
        if method not in allowed:
            await respond(send, 405, b"method not allowed\n", "text/plain", {"allow": ", ".join(allowed)})
            return
        await self._refresh()
        link = links.read(token, kind, self._workspaces.secret)
        snapshot = self._workspaces.newest(link.workspace) if link else None
        if link is None or snapshot is None:
            if kind == "o":
                await respond(send, 404, PIXEL, "image/gif")
            else:
                await respond_page(send, "This link does not work", choices.GONE, 404)
            return
        if kind == "o":
            await self._opened(scope, send, method, token, link)
        elif kind == "c":
            await self._clicked(scope, send, method, token, link)
        else:
            async with self._pool.acquire() as connection:
                delivery = await store.fetch(connection, link.delivery)
            known = _Known(link, snapshot, delivery)
            if (method == "POST" or kind == "v") and not self._is_fair(token):
                again = card("Too often", "<p>That was often. Please try again in a minute.</p>")
                await respond_page(send, "Too often", again, 429, {"retry-after": "60"})
            elif kind == "u":
                await self._unsubscribe(scope, receive, send, method, known)
            elif kind == "p":
                await self._preferences(scope, receive, send, method, known)
            else:
                await self._view(send, known)

    async def _opened(self, scope: Scope, send: Send, method: str, token: str, link: links.Link) -> None:
        if method == "GET":
            await self._seen(token, link, "opened", hints(headers(scope)))
        await respond(send, 200, PIXEL, "image/gif", {"cache-control": "no-store, private, max-age=0"})

    async def _clicked(self, scope: Scope, send: Send, method: str, token: str, link: links.Link) -> None:
        if method == "GET":
            await self._seen(token, link, "clicked", {"href": link.target} | hints(headers(scope)))
        location = link.target.encode("utf-8", "replace").decode("latin-1")
        if any(ord(char) < 33 or ord(char) > 126 for char in location):
            location = "".join(
                chr(b) if 33 <= b <= 126 else f"%{b:02X}" for b in link.target.encode("utf-8", "replace")
            )
        await respond(send, 302, b"", "text/plain", {"location": location})

    async def _seen(self, token: str, link: links.Link, metric: str, detail: dict[str, Any]) -> None:
        """Record an open or a click; whatever happens to the record, the reader gets an answer."""
        if not self._is_fair(token):
            return
        try:
            await self._append([self._receipt(link, metric, detail)])
        except Exception:
            logger.exception("an open or click could not be recorded", delivery=link.delivery)

    def _is_fair(self, token: str) -> bool:
        """Whether this link's sightings are few enough to be recorded: a token is public, and the log is not to be filled with it."""
        now = time.monotonic()
        since, count = self._often.pop(token, (now, 0))
        if now - since > 60:
            since, count = now, 0
        self._often[token] = (since, count + 1)
        while len(self._often) > 10_000:
            self._often.popitem(last=False)
        return count < _OFTEN

    async def _unsubscribe(self, scope: Scope, receive: Receive, send: Send, method: str, known: _Known) -> None:
        delivery, snapshot = known.delivery, known.snapshot
        topic = snapshot.topics.get(delivery.topic) if delivery else None
        name = topic.name if topic else ""
        preferences = self._links(known).preferences()
        if method != "POST":
            asked = choices.confirm(name, preferences, snapshot.looks.head)
            await respond_page(send, "Unsubscribe", asked, looks=snapshot.looks)
            return
        given = await form(scope, receive)
        if delivery is not None:
            one_click = given.get("List-Unsubscribe") == ["One-Click"]
            consent = Consent(
                unsubscribed=None if topic else True,
                topics={topic.id: False} if topic else {},
                how="one-click" if one_click else "unsubscribe page",
                by=known.link.delivery,
            )
            await self._append(
                [
                    self._receipt(known.link, "unsubscribed", {"topic": topic.id} | SAID if topic else SAID),
                    self._said(delivery, consent),
                ]
            )
        done = choices.unsubscribed(name, preferences, snapshot.looks.head)
        await respond_page(send, "You are unsubscribed", done, looks=snapshot.looks)

    async def _preferences(self, scope: Scope, receive: Receive, send: Send, method: str, known: _Known) -> None:
        delivery, topics = known.delivery, list(known.snapshot.topics.values())
        agreement = await self._agreement(delivery) if delivery else None
        if delivery is None or agreement is None:
            await respond_page(send, "This link does not work", choices.GONE, 404)
            return
        saved = method == "POST"
        if saved:
            everything, chosen = choices.chosen(await form(scope, receive), topics)
            consent = Consent(everything, chosen, how="preference page", by=known.link.delivery)
            records = [self._said(delivery, consent)]
            if everything:
                records.append(self._receipt(known.link, "unsubscribed", SAID))
            await self._append(records)
            agreement = Agreement(
                unsubscribed=agreement.unsubscribed if everything is None else everything,
                topics={**agreement.topics, **chosen},
                channels=agreement.channels,
            )
        looks = known.snapshot.looks
        shown = choices.preferences(topics, agreement, saved, looks.head)
        await respond_page(send, "What you receive", shown, looks=looks)

    async def _agreement(self, delivery: Delivery) -> Agreement | None:
        async with self._pool.acquire() as connection:
            people = await queue.people(connection, [(delivery.home, delivery.person)])
        person = people.get((delivery.home, delivery.person))
        return person.consent if person else None

    async def _view(self, send: Send, known: _Known) -> None:
        delivery = known.delivery
        html = ""
        if delivery is not None:
            try:
                async with self._pool.acquire() as connection:
                    copy = await copies.read(connection, delivery)
                    made = await compose.anew(connection, self._workspaces, delivery) if copy is None else None
                if copy is not None:
                    html = links.uncounted(copy.html, known.snapshot.secret)
                elif made is not None:
                    html = await asyncio.to_thread(compose.view, made, delivery, self._base, self._clock())
            except compose.Unready as error:
                logger.info("a message can't be shown as a page", delivery=delivery.public, reason=str(error))
        if not html:
            await respond_page(
                send, "Not available", card("Not available", "<p>This message can't be shown any more.</p>"), 404
            )
            return
        await respond(send, 200, html.encode(), headers={"content-security-policy": MESSAGE_POLICY})

    async def _reported(
        self, scope: Scope, receive: Receive, send: Send, method: str, channel: str, provider: str, workspace: str
    ) -> None:
        """A provider's report: read by the provider as its workspace set it up, and believed only if it is signed as that says."""
        await self._refresh()
        snapshot = self._workspaces.newest(int(workspace)) if workspace.isdecimal() and len(workspace) < 6 else None
        known = registry().get(channel)
        kind = known.providers.get(provider) if known else None
        if snapshot is None or kind is None or method not in ("GET", "POST"):
            await respond(send, 404, b"not found\n", "text/plain")
            return
        configured = snapshot.channels.get(channel)
        if configured is None or configured.provider is not kind:
            await respond(send, 404, b"this workspace does not use that provider\n", "text/plain")
            return
        address = f"{self._base}/webhooks/{channel}/{provider}/{workspace}"
        query = scope.get("query_string", b"").decode("latin-1")
        request = Request(method, address + (f"?{query}" if query else ""), headers(scope), await body(receive))
        own = self._workspaces.means(snapshot.workspace, self._means)
        means = replace(own, pool=self._pool, reports=address, clock=self._clock)
        try:
            answer = kind.receipts(request, configured.settings, means)
        except Missing as missing:
            logger.error("a report can't be checked", channel=channel, provider=provider, reason=str(missing))
            await respond(send, 503, b"not set up\n", "text/plain", {"retry-after": "60"})
            return
        except Refused as refused:
            logger.warning("a report was refused", channel=channel, provider=provider, reason=str(refused))
            await respond(send, refused.status, f"{refused}\n".encode(), "text/plain")
            return
        records = []
        for report in answer.reports:
            records += await self._records(snapshot, channel, report)
        if records:
            await self._append(records)
        await respond(send, answer.status, answer.body, answer.content_type)

    async def _records(self, snapshot: Snapshot, channel: str, report: Report) -> list[Record]:
        now = self._clock()
        time = now if report.time is None else report.time
        if isinstance(report.body, Receipt):
            return [sighting(snapshot.workspace, report.body, time, now)]
        async with self._pool.acquire() as connection:
            people = await listing.reached_at(
                connection, snapshot.workspace, channel, address_hash(snapshot.secret, channel, report.recipient)
            )
        return [about(snapshot.workspace, person, report.body, time, fresh()) for person in people]

    def _receipt(self, link: links.Link, metric: str, detail: dict[str, Any]) -> Record:
        now = self._clock()
        return sighting(link.workspace, Receipt(link.delivery, metric, detail), now, now)

    def _said(self, delivery: Delivery, consent: Consent) -> Record:
        return about(delivery.workspace, delivery.person, consent, self._clock(), fresh())

    def _links(self, known: _Known) -> links.Links:
        link = known.link
        return links.Links(self._base, known.snapshot.secret, link.workspace, link.partition, link.id)

    async def _refresh(self) -> None:
        """Look for new definitions, at most once a second."""
        now = time.monotonic()
        if now - self._refreshed <= 1 and self._refreshed:
            return
        try:
            async with asyncio.timeout(2), self._pool.acquire() as connection:
                await self._workspaces.refresh(connection)
        except AWAY as error:
            if not self._refreshed:
                raise
            logger.warning("the database does not answer; links lead on as they did", error=str(error))
        self._refreshed = now


MESSAGE_POLICY: Final = (
    "default-src 'none'; img-src http: https: data:; font-src https: data:; style-src 'unsafe-inline' https:; base-uri 'none'; "
    "form-action 'none'; frame-ancestors 'none'; sandbox allow-popups allow-popups-to-escape-sandbox"
)
"""A message shown as a page: no scripts, no forms, an origin of its own."""
