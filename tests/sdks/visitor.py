"""Somebody with a browser on the shop's pages, where one of the SDKs runs."""

import json
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote, urlsplit

from playwright.async_api import ConsoleMessage, Page

from tests.api.seen import until

_PAGE = "/visit.html?utm_source=mail&utm_campaign=spring"
_NEXT = """
    const given = %(options)s;
    const gateway = { apiHost: "%(host)s/v1", protocol: "http" };
    const own = { ...(%(lossy)s ? gateway : {}), ...given };
    sdk = AnalyticsNext.AnalyticsBrowser.load(
      { writeKey: "%(key)s", cdnURL: "%(api)s%(prefix)s" },
      Object.keys(own).length ? { integrations: { "%(name)s": own } } : {});
"""
_RUDDER = """
    sdk = new rudderanalytics.RudderAnalytics();
    sdk.load("%(key)s", "http://%(host)s", { configUrl: "%(api)s", ...%(options)s });
"""


@dataclass(frozen=True)
class Library:
    """``script``: its bundle in the package. ``start``: how a page starts it. ``later``: options by which it keeps calls for a while."""

    script: str
    start: str
    name: str
    prefix: str
    later: dict[str, Any]


_BATCHING = {"deliveryStrategy": {"strategy": "batching", "config": {"size": 50, "timeout": 60_000}}}
LIBRARIES = {
    "segment": Library("@segment/analytics-next/dist/umd/index.js", _NEXT, "Segment.io", "/segment", _BATCHING),
    "cdp": Library(
        "@customerio/cdp-analytics-browser/dist/umd/index.js",
        _NEXT,
        "Customer.io Data Pipelines",
        "/customerio",
        _BATCHING,
    ),
    "rudder": Library(
        "@rudderstack/analytics-js/dist/npm/modern/bundled/umd/index.js",
        _RUDDER,
        "",
        "",
        {"useBeacon": True, "beaconQueueOptions": {"maxItems": 50, "flushQueueInterval": 60_000}},
    ),
}


@dataclass
class Visitor:
    """``api``: where the SDK finds the server. ``hosts``: whom the page asked for anything. ``complaints``: of the browser and the SDK."""

    page: Page
    site: str
    api: str
    hosts: set[str] = field(default_factory=set)
    complaints: list[str] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.page.on("request", lambda request: self.hosts.add(urlsplit(request.url).netloc))
        self.page.on("console", self._heard)
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))

    @property
    def expected(self) -> set[str]:
        """Whom a page may ask for something: the shop and the server."""
        return {urlsplit(self.site).netloc, urlsplit(self.api).netloc}

    def _heard(self, message: ConsoleMessage) -> None:
        if message.type == "error" and "favicon" not in str(message.location):
            self.complaints.append(message.text)

    async def enter(self, library: Library, key: str, through: str = "", **options: Any) -> None:
        """Open the page with a library started in it. ``through``: another address to send to than the settings name."""
        fills = {
            "key": key,
            "api": self.api,
            "host": urlsplit(through or self.api).netloc,
            "lossy": json.dumps(bool(through)),
            "name": library.name,
            "prefix": library.prefix,
            "options": json.dumps(options),
        }
        told = json.dumps({"script": f"/packages/{library.script}", "start": library.start % fills})
        await self.page.goto(self.site + _PAGE + "#" + quote(told))
        await self.page.wait_for_function("typeof sdk !== 'undefined'")

    async def call(self, method: str, *given: Any) -> None:
        """Call the library. What it does then takes its time."""
        await self.page.evaluate("([method, given]) => void sdk[method](...given)", [method, list(given)])

    async def keep(self, method: str, *given: Any) -> None:
        """Call the library, and wait until it has taken what it was given."""
        await self.page.evaluate("async ([method, given]) => void (await sdk[method](...given))", [method, list(given)])

    async def anonymous(self) -> str:
        """Ask the library who it thinks this is."""
        asked = "async () => sdk.getAnonymousId ? sdk.getAnonymousId() : (await sdk)[0].user().anonymousId()"

        async def told() -> Any:
            return await self.page.evaluate(asked)

        return str(await until(told))

    async def leave(self) -> None:
        """Go to another page of the site."""
        await self.page.goto(self.site + "/away.html")
