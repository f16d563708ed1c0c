"""An HTTP request by the guarded way out, signed where there is a secret."""

from typing import Any, Final

import msgspec

from tidings.calls.call import Again, Call, Ended, Lost, Outcome
from tidings.calls.kind import Making
from tidings.channels.exchange import NotAnswered, NotSent, Reply, Unfit, exchange, retry_after
from tidings.channels.provider import Missing
from tidings.channels.webhook.http import signature
from tidings.kernel.storable import storable, storable_data
from tidings.kernel.times import SECOND

SECONDS: Final = 30.0
"""For one exchange."""
LARGEST: Final = 64 * 1024
"""Bytes of an answer that are read."""
REDIRECTS: Final = 3


async def make(call: Call, making: Making) -> Outcome:
    """Make the request; an answer of 2xx is its JSON, or its text where it is none."""
    asked = call.request
    try:
        secret = making.means.secret(asked["secret"]) if asked["secret"] else ""
    except Missing as fault:
        return Ended(False, reason=str(fault))
    body = asked["body"].encode("utf-8", "replace")
    now = making.means.clock()
    headers = {name: secret.join(parts) for name, parts in asked["headers"].items()}
    if any(ord(char) < 32 or ord(char) == 127 for value in headers.values() for char in value if char != "\t"):
        return Ended(False, reason="a header is not one line of text")
    timestamp = str(now // SECOND)
    ours = {"User-Agent": "Tidings", "Accept-Encoding": "identity", "X-Tidings-Delivery": call.public}
    if body and "type" in asked:
        ours["Content-Type"] = asked["type"]
    if secret:
        signed = signature(secret, timestamp, body)
        ours |= {"X-Tidings-Timestamp": timestamp, "X-Tidings-Signature": signed}
    given = {name.lower() for name in headers}
    headers |= {name: value for name, value in ours.items() if name.lower() not in given}
    try:
        reply = await exchange(
            making.connections,
            asked["method"],
            asked["url"],
            headers,
            body,
            seconds=SECONDS,
            limit=LARGEST,
            redirects=REDIRECTS,
        )
    except Unfit as error:
        return Ended(False, reason=str(error))
    except NotSent as error:
        return Again(str(error))
    except NotAnswered as error:
        return Lost(str(error))
    return _outcome(reply, now)


def _outcome(reply: Reply, now: int) -> Outcome:
    """A receiver's own 5xx says that it did not do it; a gateway's (502, 504) only that its answer was lost on the way."""
    if 200 <= reply.status < 300:
        if reply.cut:
            return Ended(False, reason=f"the answer broke off, or is larger than {LARGEST // 1024} kB")
        return Ended(True, _value(reply.body))
    said = storable(reply.body[:200].decode("utf-8", "replace")).strip()
    reason = f"the answer was {reply.status}" + (f": {said}" if said else "")
    if reply.status in (502, 504):
        return Lost(reason)
    if reply.status in (408, 425, 429) or reply.status >= 500:
        return Again(reason, retry_after(reply, now))
    return Ended(False, reason=reason)


def _value(body: bytes) -> Any:
    if not body.strip():
        return None
    try:
        value = msgspec.json.decode(body)
    except (msgspec.DecodeError, RecursionError):
        value = body.decode("utf-8", "replace")
    return storable_data({"value": value})["value"]
