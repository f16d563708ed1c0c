"""``POST /api/journeys/{id}/enter``: let one person or many into a journey that begins from the API. Needs an app key."""

import time
from collections.abc import Mapping
from typing import Any, Final

import msgspec
from litestar import post
from msgspec import Struct

from tidings import log
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.kernel.ids import digest, fresh
from tidings.kernel.problems import did_you_mean
from tidings.kernel.records import SECRET, Enter, Identifier, Record, encode, home
from tidings.project import store as definitions

MOST: Final = 10_000
"""People of one call."""
LARGEST: Final = 32 * 1024
"""Bytes of one person's data."""
_NAMES: Final = ("id", "email", "cio_id")


class Accepted(Struct):
    """How many people were let in, or will be as soon as they are found."""

    journey: str
    accepted: int


@post("/journeys/{journey:str}/enter", guards=[may("people:edit")], status_code=200)
async def enter_journey(journey: str, data: dict[str, Any], here: Here) -> Accepted:
    """Read ``{id|email|cio_id, data, idempotency_key}``, or ``{people: [{id|email|cio_id, data}], data, idempotency_key}``.

    A person's own data is laid over that of all. A repeat with the same key lets nobody in twice.
    """
    journey, body = part(journey), data
    async with here.pool.acquire() as connection:
        in_force = await definitions.newest(connection, here.workspace.id)
    known = in_force.body.get("journeys", {})
    if journey not in known:
        raise Refusal(404, f"there is no journey `{journey}`", did_you_mean(journey, list(known)) or "")
    if "api" not in known[journey]["document"]["trigger"]:
        raise Refusal(409, f"{journey} does not begin from the API", "write `api: true` below its `trigger:`")
    if known[journey]["status"] != "live":
        raise Refusal(409, f"{journey} is {known[journey]['status']}, so nobody enters")
    key, everybody = body.get("idempotency_key", ""), _data(body, "")
    if not isinstance(key, str) or len(key) > 200:
        raise Refusal(400, "`idempotency_key` is a text of at most 200 letters")
    people = body.get("people", [body])
    if not isinstance(people, list) or not 1 <= len(people) <= MOST:
        raise Refusal(400, f"`people` is a list of 1 to {MOST}", 'for example [{"id": "42"}]')
    now, records = time.time_ns() // 1000, []
    source = here.source.id if here.source else 0
    for index, person in enumerate(people):
        where = f"people[{index}]: " if "people" in body else ""
        who = _who(person, where)
        own = {**everybody, **_data(person, where)}
        if len(msgspec.msgpack.encode(own)) > LARGEST:
            raise Refusal(400, f"{where}`data` takes more than {LARGEST // 1024} kB")
        id = digest("enter", here.workspace.id, journey, key, *who) if key else fresh()
        records.append(
            Record(id, here.workspace.id, source, SECRET, (who,), now, now, Enter(journey, own), message_id=key)
        )
    async with here.pool.acquire() as connection:
        await log.append(connection, [(home(record), encode(record)) for record in records])
    return Accepted(journey, len(records))


def _who(person: Any, where: str) -> Identifier:
    named = [name for name in _NAMES if isinstance(person, Mapping) and name in person]
    value = person[named[0]] if len(named) == 1 else None
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str) or not value.strip() or len(value) > 255:
        raise Refusal(400, f"{where}one of `id`, `email` and `cio_id` says who it is", 'for example {"id": "42"}')
    return named[0], value


def _data(holder: Mapping[str, Any], where: str) -> dict[str, Any]:
    data = holder.get("data", {})
    if not isinstance(data, dict):
        raise Refusal(400, f"{where}`data` is an object")
    return data
