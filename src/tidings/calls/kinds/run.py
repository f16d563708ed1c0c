"""A function of the project, of the very definitions that the step was asked under."""

from collections.abc import Mapping
from typing import Any, Final

from tidings import actions
from tidings.calls.call import Call, Ended, Outcome
from tidings.calls.kind import Making
from tidings.channels.exchange import NotAnswered, NotSent, Unfit, exchange
from tidings.channels.provider import Missing
from tidings.kernel.problems import Invalid
from tidings.kernel.storable import storable_data

SWITCHED_OFF: Final = "functions of projects are switched off here; the operator allows them with TIDINGS_ACTIONS=yes"
_SECRET: Final = "{{ secret }}"  # noqa: S105  (the place for one)
_SECONDS: Final = 10.0
_LARGEST: Final = 256 * 1024


async def make(call: Call, making: Making) -> Outcome:
    """Run it; whatever goes wrong in it is its end, with the traceback."""
    if not making.actions:
        return Ended(False, reason=SWITCHED_OFF)
    asked = call.request
    snapshot = making.workspaces.at(call.workspace, call.definitions)
    source = (snapshot.body.get("actions") or {}).get(asked["file"]) if snapshot is not None else None
    file = f"actions/{asked['file']}.py"
    if source is None:
        return Ended(False, reason=f"there is no {file}")
    try:
        function = actions.functions(source, file).get(asked["function"])
        secret = making.means.secret(asked["secret"]) if asked["secret"] else ""
    except Invalid as invalid:
        return Ended(False, reason=str(invalid)[:300])
    except Missing as fault:
        return Ended(False, reason=str(fault))
    if function is None:
        return Ended(False, reason=f"there is no function `{asked['function']}` in {file}")
    if wrong := function.refuses(asked["with"]):
        return Ended(False, reason=wrong)

    async def fetch(request: Mapping[str, Any]) -> dict[str, Any]:
        return await _fetch(request, secret, making)

    result = await actions.run(source, file, function.name, asked["with"], fetch=fetch if function.http else None)
    if not result.ok:
        return Ended(False, reason=_without(result.reason, secret), detail=_without(result.detail, secret))
    if wrong := function.breaks(result.value):
        return Ended(False, reason=_without(wrong, secret))
    return Ended(True, storable_data({"value": result.value})["value"])


async def _fetch(request: Mapping[str, Any], secret: str, making: Making) -> dict[str, Any]:
    """Make a request for an action; the secret is put in here, so that its process never holds it."""
    try:
        headers = {str(name): str(value).replace(_SECRET, secret) for name, value in request["headers"].items()}
        if any(ord(char) < 32 for value in headers.values() for char in value):
            return {"error": "a header is not one line of text"}
        if "type" in request:
            headers.setdefault("Content-Type", str(request["type"]))
        reply = await exchange(
            making.connections,
            str(request["method"]).upper(),
            str(request["url"]),
            {"User-Agent": "Tidings", "Accept-Encoding": "identity", **headers},
            str(request["body"]).encode("utf-8", "replace"),
            seconds=_SECONDS,
            limit=_LARGEST,
            redirects=3,
        )
    except (Unfit, NotSent, NotAnswered) as error:
        return {"error": str(error)}
    except (KeyError, AttributeError, TypeError) as error:
        return {"error": f"this is no request: {error!r}"}
    return {"status": reply.status, "headers": reply.headers, "text": reply.body.decode("utf-8", "replace")}


def _without(text: str, secret: str) -> str:
    """A server may send a secret back, and a fault show it."""
    return text.replace(secret, "•••") if secret else text
