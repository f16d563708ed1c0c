"""``/api/…``: what is read and managed with an app key (Bearer). Every route sees the key's own workspace and nothing else."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tidings.api import counts
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
    query_of,
    segments_of,
)
from tidings.api.keys import Keys
from tidings.api.limits import Buckets
from tidings.database.access import Source, Workspace
from tidings.database.pool import Pool
from tidings.ingest.check import Malformed, read
from tidings.ingest.request import bearer
from tidings.kernel.problems import Invalid

LARGEST: Final = 1 << 20


class Refusal(Exception):
    """What is asked for can't be given; ``says`` goes to the caller."""

    def __init__(self, status: int, says: str, hint: str = "") -> None:
        super().__init__(says)
        self.status, self.says, self.hint = status, says, hint


class Call(NamedTuple):
    """One permitted call: the path's ``arguments``, the ``query``, the ``body`` of a POST (an object, perhaps empty)."""

    pool: Pool
    workspace: Workspace
    source: Source
    arguments: Sequence[str]
    query: dict[str, str]
    body: dict[str, Any]

    def number(self, name: str, default: int, most: int) -> int:
        """Read a number of the query."""
        text = self.query.get(name, "")
        if not text:
            return default
        if not (text.isascii() and text.isdecimal()) or not 1 <= int(text[:20]) <= most:
            raise Refusal(400, f"`{name}` is not a whole number from 1 to {most}")
        return int(text)


Handler = Callable[[Call], Awaitable[Any]]


class Routes:
    """Paths under ``/api/`` with what answers there; ``*`` stands for an argument."""

    def __init__(self) -> None:
        self._all: list[tuple[str, tuple[str, ...], Handler]] = []

    def __call__(self, method: str, path: str) -> Callable[[Handler], Handler]:
        """Have a function answer at a path."""

        def add(handler: Handler) -> Handler:
            self._all.append((method, tuple(path.split("/")), handler))
            return handler

        return add

    def find(self, method: str, path: Sequence[str]) -> tuple[Handler, list[str]]:
        """Find what answers, and the arguments; raises `Refusal`."""
        known = False
        for wanted, pattern, handler in self._all:
            if len(pattern) == len(path) and all(p in ("*", s) for p, s in zip(pattern, path, strict=True)):
                if method == wanted:
                    return handler, [s for p, s in zip(pattern, path, strict=True) if p == "*"]
                known = True
        raise Refusal(405 if known else 404, "there is no such method and path", "see docs/reference/http.md")


class Manage:
    """The router: decode, permit, call, encode."""

    def __init__(self, pool: Pool, keys: Keys, buckets: Buckets, routes: Routes) -> None:
        self._pool, self._keys, self._buckets, self._routes = pool, keys, buckets, routes

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer one call."""
        status, given, more = 200, None, {}
        try:
            given = await self._answer(scope, receive)
        except Refusal as refusal:
            status, given = refusal.status, {"error": refusal.says, **({"hint": refusal.hint} if refusal.hint else {})}
            more = {"retry-after": "1"} if status in (429, 503) else {}
        except Invalid as invalid:
            first = invalid.problems[0]
            status, given = 409, {"error": first.message, "hint": first.hint}
        except TooLarge:
            status, given = 413, {"error": f"the request is larger than {LARGEST >> 10} KB"}
        except (Broken, Malformed) as fault:
            status, given = 400, {"error": str(fault)}
        except Gone:
            return
        counts.answered("manage", status)
        await answer(send, status, msgspec.json.encode(given, enc_hook=str), more={"cache-control": "no-store", **more})

    async def _answer(self, scope: Scope, receive: Receive) -> Any:
        headers = fields_of(scope)
        body = await body_of(receive, headers, LARGEST)
        token = bearer(headers)
        source = self._keys.find(token) if token else None
        if not self._keys.ready.is_set():
            raise Refusal(503, "starting; try again")
        if source is None or source.kind != "app":
            raise Refusal(401, "an app key is needed", "make one with `tidings source create NAME --kind app`")
        if self._buckets.take(source.id):
            raise Refusal(429, "this key asks more than it may; try again in a second")
        handler, arguments = self._routes.find(scope["method"], segments_of(scope)[1:])
        value = read(body) if body.strip() else {}
        if not isinstance(value, dict):
            raise Refusal(400, "the body is not an object")
        self._keys.use(source)
        workspace = self._keys.workspaces[source.workspace]
        query = query_of(scope) if scope.get("query_string") else {}
        return await handler(Call(self._pool, workspace, source, arguments, query, value))
