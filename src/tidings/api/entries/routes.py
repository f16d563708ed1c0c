"""``POST /api/journeys/{id}/enter``: let one person or many into a journey that begins from the API. Needs an app key."""

import time
from collections import Counter
from collections.abc import Collection
from typing import Any, Final

from litestar import post
from msgspec import Struct

from tidings import log, rules
from tidings.api.entries.file import fetch
from tidings.api.here import Here, part
from tidings.api.permit import may
from tidings.api.problem import Refusal
from tidings.channels.means import means_of
from tidings.kernel.ids import digest, fresh
from tidings.kernel.problems import did_you_mean
from tidings.kernel.records import SECRET, Enter, Identifier, Record, encode, home
from tidings.people import lookup
from tidings.project import store as definitions
from tidings.project import tasks
from tidings.project.entering import data_of, laid_over, missing_of, unknown, who
from tidings.project.matching import Matcher
from tidings.settings import Settings
from tidings.teams import audit

MOST: Final = 10_000
"""People of one call that names them."""
_MANY: Final = ("rule", "data_file_url")


class Accepted(Struct):
    """How many people were let in, or will be as soon as they are found. ``task``: the number under which it goes on, where they are found
    by and by."""

    journey: str
    accepted: int
    task: int | None = None


@post("/journeys/{journey:str}/enter", guards=[may("people:edit")], status_code=200)
async def enter_journey(journey: str, data: dict[str, Any], here: Here, settings: Settings) -> Accepted:
    """Read ``{id|email|cio_id, data, idempotency_key}``, or ``{people: [{id|email|cio_id, data}], data, idempotency_key, missing}``.

    ``rule`` in place of ``people``: all for whom it holds, or with "" those of the journey's audience; ``data_file_url``: those whom a file
    names, a line of JSON each. Both go on in the background, as a task. ``remember``: true, so that the call stands among the tasks though
    it was done at once. A person's own data is laid over that of all. A repeat with the same key lets nobody in twice. ``missing``:
    ``{id|email|cio_id: reject|skip|fail}``: who is not known by it goes to the rejected list (as usual), is left out, or has nobody let
    in at all; then the ``task`` has failed, and its faults say who.
    """
    journey, body = part(journey), data
    async with here.pool.acquire() as connection:
        in_force = await definitions.newest(connection, here.workspace.id)
    known = in_force.body.get("journeys", {})
    if journey not in known:
        raise Refusal(404, f"there is no journey `{journey}`", did_you_mean(journey, list(known)) or "")
    document = known[journey]["document"]
    if "api" not in document["trigger"]:
        raise Refusal(409, f"{journey} does not begin from the API", "write `api: true` below its `trigger:`")
    if known[journey]["status"] != "live":
        raise Refusal(409, f"{journey} is {known[journey]['status']}, so nobody enters")
    key = body.get("idempotency_key", "")
    if not isinstance(key, str) or len(key) > 200:
        raise Refusal(400, "`idempotency_key` is a text of at most 200 letters")
    try:
        everybody, missing = laid_over(data_of(body), {}), missing_of(body)
    except ValueError as fault:
        raise Refusal(400, str(fault)) from fault
    if many := [name for name in _MANY if name in body]:
        if len(many) > 1 or any(name in body for name in ("people", "id", "email", "cio_id")):
            raise Refusal(400, "people are named in one way: `people`, `rule` or `data_file_url`")
        asked = {"journey": journey, "data": everybody, "key": key} | ({"missing": missing} if missing else {})
        if many == ["rule"]:
            return await _of_rule(here, asked, body["rule"], document, in_force.body.get("segments", {}))
        return await _of_file(here, asked, body["data_file_url"], settings)
    people = body.get("people", [body])
    if not isinstance(people, list) or not 1 <= len(people) <= MOST:
        raise Refusal(400, f"`people` is a list of 1 to {MOST}", 'for example [{"id": "42"}]')
    now, records, times = time.time_ns() // 1000, [], Counter[Identifier]()
    source = here.source.id if here.source else 0
    for index, person in enumerate(people):
        where = f"people[{index}]: " if "people" in body else ""
        try:
            named, own = who(person), laid_over(everybody, data_of(person))
        except ValueError as fault:
            raise Refusal(400, f"{where}{fault}", 'for example {"id": "42"}') from fault
        enter = Enter(journey, own, missing.get(named[0]) == "skip")
        again = (times[named],) if times[named] else ()  # named more than once: each is an entry of its own
        times[named] += 1
        id = digest("enter", here.workspace.id, journey, key, *named, *again) if key else fresh()
        records.append(Record(id, here.workspace.id, source, SECRET, (named,), now, now, enter, message_id=key))
    task, by = None, here.actor.name
    asked = {"journey": journey}
    async with here.pool.acquire() as connection, connection.transaction():
        all = [(number, record.who[0]) for number, record in enumerate(records, 1)]
        if faults := await unknown(connection, here.workspace.id, all, missing):
            why = f"{len(faults):,} of {len(all):,} people are not known, so nobody was let in"
            about = (here.workspace.id, "enter", f"into {journey}", asked, by, len(all))
            return Accepted(journey, 0, await tasks.failed(connection, *about, faults, why))
        await log.append(connection, [(home(record), encode(record)) for record in records])
        if body.get("remember") is True:
            task = await tasks.done(connection, here.workspace.id, "enter", f"into {journey}", asked, by, len(records))
    return Accepted(journey, len(records), task)


async def _of_rule(
    here: Here, asked: dict[str, Any], text: Any, document: dict[str, Any], segments: Collection[str]
) -> Accepted:
    if not isinstance(text, str):
        raise Refusal(400, "`rule` is a text", 'for example `plan = "pro"`')
    if not text and not document.get("audience"):
        raise Refusal(422, f"{asked['journey']} has no audience that could be meant", "say who: `people`, or `rule`")
    rule = rules.parse(text or document["audience"])
    for _, name in rules.segments_of(rule):
        if name not in segments:
            raise Refusal(422, f'there is no segment "{name}"', did_you_mean(name, list(segments)) or "")
    async with here.pool.acquire() as connection:
        Matcher(here.workspace.id, rule, await definitions.derived(connection, here.workspace.id))
        total = await lookup.count(connection, here.workspace.id)
    return await _begin(here, asked | {"rule": rules.show(rule)}, total)


async def _of_file(here: Here, asked: dict[str, Any], url: Any, settings: Settings) -> Accepted:
    try:
        text = await fetch(means_of(settings).guard, url if isinstance(url, str) else "")
    except ValueError as fault:
        raise Refusal(422, f"{fault}.", "Put it where this server reaches it, by https.") from fault
    text = text.rstrip("\r\n")
    return await _begin(here, asked, text.count("\n") + 1 if text else 0, text.encode())


async def _begin(here: Here, asked: dict[str, Any], total: int, body: bytes = b"") -> Accepted:
    title, told = f"into {asked['journey']}", {key: asked[key] for key in ("journey", "rule") if key in asked}
    async with here.pool.acquire() as connection, connection.transaction():
        id = await tasks.ask(connection, here.workspace.id, "enter", title, asked, here.actor.name, total, body)
        what = "began to let people into"
        await audit.note(
            connection,
            here.workspace.id,
            here.actor,
            what,
            "journey",
            asked["journey"],
            after={**told, "people": total},
        )
    return Accepted(asked["journey"], 0, id)
