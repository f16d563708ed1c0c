"""Routes written for `manage.Routes` (plain functions from a `Call` to what JSON can say) as handlers of the management API."""

import re
from collections.abc import Iterator
from typing import Any, Final

import msgspec
from litestar import Request, Response
from litestar.handlers import HTTPRouteHandler

from tidings.api.here import Here, part
from tidings.api.http import query_of
from tidings.api.manage import Call, Handler
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.api.reads import routes
from tidings.ingest.check import read


def handlers() -> Iterator[HTTPRouteHandler]:
    """Make a handler of each."""
    for method, pattern, permission, handler in routes.all():
        yield _handler(method, pattern, permission, handler)


def _handler(method: str, pattern: tuple[str, ...], permission: str, handler: Handler) -> HTTPRouteHandler:
    names = iter(_names(pattern))
    path = "/" + "/".join(f"{{{next(names)}:str}}" if part == "*" else part for part in pattern)
    order = re.findall(r"\{(\w+):str\}", path)

    async def answer(request: Request[Any, Any, Any], here: Here) -> Response[bytes]:
        given = await request.body()
        value = read(given) if given.strip() else {}
        if not isinstance(value, dict):
            raise Refusal(400, "the body is not an object")
        arguments = [part(str(request.path_params[name])) for name in order]
        query = query_of(request.scope) if request.scope.get("query_string") else {}  # type: ignore[arg-type]
        said = await handler(
            Call(
                here.pool,
                here.workspace,
                arguments,
                query,
                value,
                here.source.id if here.source else 0,
                here.actor.name,
            )
        )
        return Response(msgspec.json.encode(said, enc_hook=str), status_code=200, media_type="application/json")

    answer.__name__ = handler.__name__
    answer.__doc__ = handler.__doc__
    return HTTPRouteHandler(path, http_method=method, guards=[may(permission)], status_code=200)(answer)  # type: ignore[arg-type]


_AFTER: Final = {"people": "kind", "kind": "value", "why": "journey", "journeys": "journey", "journey": "command"}
"""What an argument is called, by what stands before it."""


def _names(pattern: tuple[str, ...]) -> Iterator[str]:
    before = ""
    for each in pattern:
        if each == "*":
            before = _AFTER.get(before, "id")
            yield before
        else:
            before = each
