"""The management API, ``/api/…``: what the web app and app keys use.

A room's routes stand in ``api/<room>/routes.py``; they are found by walking, nothing lists them. What every route gets by naming it:
``here: Here`` (the caller's workspace, permission passed), ``me: Me`` (who is signed in), ``pool`` and ``asked`` (routes for anybody).
"""

import pkgutil
import re
from collections.abc import Callable, Iterator
from functools import cache
from importlib import import_module
from typing import Any, Final, NamedTuple

import msgspec
import structlog
from litestar import Litestar, Request, Response
from litestar.di import Provide
from litestar.exceptions import HTTPException, InternalServerException, ValidationException
from litestar.handlers import BaseRouteHandler
from litestar.openapi import OpenAPIConfig

import tidings.api
from tidings.api import counts
from tidings.api.away import AWAY
from tidings.api.description import complete
from tidings.api.here import SLASH, Asked, Here, Me, ask, here_of, me_of, set_cookie, set_known
from tidings.api.http import App, Receive, Scope, Send, segments_of
from tidings.api.keys import Keys
from tidings.api.limits import Buckets
from tidings.api.problem import TYPE, Fault, Refusal, body
from tidings.api.sign_on.issuer import Issuers
from tidings.content.pictures import LARGEST as PICTURE
from tidings.database.pool import Pool
from tidings.delivery.trial import Unfit
from tidings.ingest.check import Malformed, has_big
from tidings.kernel.expected import plain
from tidings.kernel.problems import Invalid
from tidings.project.apply import Overtaken, Unapproved
from tidings.settings import Settings

logger = structlog.get_logger(__name__)
LARGEST: Final = 1 << 20
"""Bytes of a request."""
_PART: Final = re.compile(r":\w+\}")
_NUL: Final = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")
"""A NUL as JSON writes it: the one character that can be sent and not stored."""


def handlers() -> list[Any]:
    """Find every route there is."""
    found: list[Any] = []
    for module in pkgutil.iter_modules(tidings.api.__path__):
        if module.ispkg:
            found += _routes(import_module(f"tidings.api.{module.name}.routes"))
    return found


def describe() -> dict[str, Any]:
    """Give the OpenAPI description."""
    said = _litestar().openapi_schema.to_schema()
    for path in said["paths"].values():
        for operation in path.values():
            operation.get("parameters", []).sort(key=lambda each: (each["in"], each["name"]))
    return complete(said, taken())


def taken() -> dict[tuple[str, str], str]:
    """Give what each route takes, by its method and its path as the description has them."""
    return {
        (method.lower(), "/api" + _PART.sub("}", path)): guard.takes
        for handler in handlers()
        for guard in handler.guards or ()
        for path in handler.paths
        for method in handler.http_methods
    }


def make_management(pool: Pool, keys: Keys, buckets: Buckets, settings: Settings) -> App:
    """Give the ASGI application that answers ``/api/…``."""
    inner: Any = _litestar()
    parts = _Parts(pool, settings, Issuers(settings.sign_on_networks))
    secure = settings.url.startswith("https:")

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        status = 500
        asked = Asked()

        async def out(message: Any) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                if not any(name == b"cache-control" for name, _ in message["headers"]):
                    message["headers"] = [*message["headers"], (b"cache-control", b"no-store")]
                if asked.cookie is not None:
                    message["headers"] = [*message["headers"], set_cookie(asked.cookie, secure)]
                if asked.known:
                    message["headers"] = [*message["headers"], set_known(asked.known, secure)]
            await send(message)

        try:
            asked = await ask(scope, pool, keys, buckets, settings.url)
        except Refusal as refusal:
            fields = [(name.encode(), value.encode()) for name, value in refusal.headers.items()]
            fields.append((b"content-type", TYPE.encode()))
            await out({"type": "http.response.start", "status": refusal.status, "headers": fields})
            await out({"type": "http.response.body", "body": body(refusal)})
        else:
            scope["tidings"], scope["tidings.parts"] = asked, parts
            scope["path"] = _whole(scope)
            await inner(scope, receive, out)
        counts.answered("manage", status)

    return answer


class _Parts(NamedTuple):
    """What belongs to one server; the routes are made once, for all that a process serves."""

    pool: Pool
    settings: Settings
    issuers: Issuers


def _asked(request: Request[Any, Any, Any]) -> Asked:
    found: Asked = request.scope["tidings"]  # type: ignore[typeddict-item]  # put there above
    return found


def _parts(request: Request[Any, Any, Any]) -> _Parts:
    found: _Parts = request.scope["tidings.parts"]  # type: ignore[typeddict-item]  # put there above
    return found


@cache
def _litestar() -> Litestar:
    def here(request: Request[Any, Any, Any]) -> Here:
        return here_of(_asked(request), _parts(request).pool)

    def me(request: Request[Any, Any, Any]) -> Me:
        return me_of(_asked(request), _parts(request).pool)

    def pool(request: Request[Any, Any, Any]) -> Pool:
        return _parts(request).pool

    def settings(request: Request[Any, Any, Any]) -> Settings:
        return _parts(request).settings

    def issuers(request: Request[Any, Any, Any]) -> Issuers:
        return _parts(request).issuers

    given: dict[str, Callable[..., Any]] = {
        "asked": _asked,
        "here": here,
        "me": me,
        "pool": pool,
        "settings": settings,
        "issuers": issuers,
    }
    return Litestar(
        handlers(),
        path="/api",
        dependencies={name: Provide(make, sync_to_thread=False) for name, make in given.items()},
        before_request=_check_body,
        exception_handlers={Exception: _refused},
        openapi_config=OpenAPIConfig(
            title="Tidings",
            version="1",
            description="What the web app and app keys use.",
            path="/openapi",
            use_handler_docstrings=True,
            operation_id_creator=_operation,
        ),
        request_max_body_size=LARGEST,
        logging_config=None,
    )


async def _check_body(request: Request[Any, Any, Any]) -> None:
    data = await request.body()
    if _NUL.search(data):
        raise Refusal(400, "The text holds a character that can't be stored (NUL).", "Take it out.")
    if has_big(data) and (where := _too_big(data)) is not None:
        says, hint = "A whole number takes more than 64 bits.", "Write a smaller one, or write it as a text."
        raise Refusal(400, says, hint, faults=[Fault(says, where, hint)])


def _too_big(data: bytes) -> str | None:
    """Say where a body holds a whole number that can't be stored; None where it holds none, or is no JSON."""
    try:
        left: list[tuple[str, Any]] = [("", msgspec.json.decode(data))]
    except (msgspec.MsgspecError, UnicodeDecodeError):
        return None
    while left:
        where, value = left.pop()
        if isinstance(value, int) and not -(1 << 63) <= value < 1 << 63:
            return where
        inner = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
        left += ((f"{where}.{key}" if where else str(key), each) for key, each in inner)
    return None


def _routes(module: Any) -> Iterator[Any]:
    return (value for value in vars(module).values() if isinstance(value, BaseRouteHandler))


def _operation(handler: Any, method: Any, _: Any) -> str:
    name = handler.fn.__name__
    return str(name)


def _whole(scope: Scope) -> str:
    """The path, in which an encoded slash still belongs to its part: `Part` gives it back."""
    raw: bytes = scope.get("raw_path") or b""
    if b"%2f" not in raw.lower():
        return str(scope["path"])
    return "/".join(part.replace("/", SLASH) for part in ("", *segments_of(scope)))


def _refused(request: Request[Any, Any, Any], error: Exception) -> Response[bytes]:
    refusal = _refusal(error)
    if refusal is None:
        if isinstance(error, AWAY):
            raise error
        logger.exception("a call could not be answered", path=request.scope["path"][:60])
        refusal = Refusal(
            500,
            "Something went wrong here. It is not your fault.",
            "It was written down for whoever runs Tidings. What you saved before is kept; try again in a moment.",
        )
    return Response(body(refusal), status_code=refusal.status, media_type=TYPE, headers=refusal.headers)


def _refusal(error: Exception) -> Refusal | None:
    if isinstance(error, Refusal):
        return error
    if isinstance(error, Invalid):
        first = error.problems[0]
        faults = [Fault(each.message, ".".join(map(str, each.path)), each.hint) for each in error.problems]
        return Refusal(409, first.message, first.hint, faults=faults)
    if isinstance(error, RecursionError):
        return Refusal(400, "This is nested too deep.")
    if isinstance(error, Overtaken):
        return Refusal(409, str(error), "Load the page again.", code="overtaken")
    if isinstance(error, Unapproved):
        place = {"location": f"/api/approvals/{error.request.id}"}
        return Refusal(409, str(error), "The page of approvals shows it.", code="waits_for_approval", headers=place)
    if isinstance(error, Malformed):
        return Refusal(400, str(error))
    if isinstance(error, Unfit):
        return Refusal(400, error.says, error.hint, faults=[Fault(error.says, error.field, error.hint)])
    if isinstance(error, ValidationException):
        faults = [Fault(plain(str(each.get("message", ""))), str(each.get("key", ""))) for each in _extra(error)]
        said = "; ".join(f"{fault.where}: {fault.message}" if fault.where else fault.message for fault in faults)
        return Refusal(400, said or error.detail, faults=faults)
    if isinstance(error, InternalServerException) and error.__cause__ is not None:
        # the framework takes a field of the body that is called as what it gives a route, such as `settings`, for its own fault
        said, _, where = str(error.__cause__).removesuffix("`").partition(" - at `$.")
        said = plain(said)
        return Refusal(400, said, faults=[Fault(said, where.removeprefix("data."))])
    if isinstance(error, HTTPException):
        if error.status_code == 413:
            return Refusal(
                413,
                "the request is larger than it may be",
                f"most take {LARGEST >> 10} KB, a picture {PICTURE >> 20} MB",
            )
        if error.status_code in (404, 405):
            return Refusal(
                error.status_code, "there is no such method and path", "/api/openapi/openapi.json lists those there are"
            )
        return Refusal(error.status_code, plain(error.detail))
    return None


def _extra(error: ValidationException) -> list[dict[str, Any]]:
    extra = error.extra
    return [each for each in extra if isinstance(each, dict)] if isinstance(extra, list) else []
