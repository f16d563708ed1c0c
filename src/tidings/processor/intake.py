"""Taking in: people for whom what a journey's trigger waits for was true before it was published come in by and by, at a rate.

An intake is a row with the place it has come to; each page of records is appended in the transaction that moves it on, by whichever
worker holds the row. Whether somebody really comes in is for their own step to say: who no longer matches, or came in by themselves
meanwhile, is passed over.
"""

import json
import time
from typing import Any, Final

from msgspec.structs import replace

from tidings import journeys, log
from tidings.database.looking import keep_looking
from tidings.database.pool import Connection, Pool
from tidings.journeys.kinds import TriggerKind
from tidings.kernel.ids import PARTITIONS, digest
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SYSTEM, Record, TakeIn, encode
from tidings.people.document import decode
from tidings.processor.batch import Batch

PAGE: Final = 250
"""People handed in, or documents looked at, in one transaction."""
UNREAD: Final = 20
"""Pages that may wait in a partition's log: live events are not to wait behind more."""
_LOOK: Final = 0.5


async def keep(pool: Pool) -> None:
    """See to all intakes until cancelled."""
    await keep_looking(lambda: look(pool, time.time_ns() // 1000), _LOOK, "the intakes")


async def look(pool: Pool, now: int) -> bool:
    """Take one page further each intake that nobody else sees to; gives whether there was anything to do."""
    busy = False
    async with pool.acquire() as connection:
        for workspace, journey in await connection.fetch("SELECT workspace, journey FROM intakes WHERE ended IS NULL"):
            async with connection.transaction():
                row = await connection.fetchrow(
                    "SELECT since, at, number, each, partition, person, handed FROM intakes WHERE workspace = $1 AND journey = $2 "
                    "AND ended IS NULL FOR UPDATE SKIP LOCKED",
                    workspace,
                    journey,
                )
                if row is not None:
                    busy |= await _go_on(connection, workspace, journey, row, now)
        if busy:
            await log.wake(connection)
    return busy


async def _go_on(connection: Connection, workspace: int, journey: str, row: Any, now: int) -> bool:
    since, at, number, each, partition, after, handed = row
    text = await connection.fetchval(
        "SELECT body FROM definitions WHERE workspace = $1 ORDER BY number DESC LIMIT 1", workspace
    )
    entry = json.loads(text).get("journeys", {}).get(journey) if text else None
    trigger = journeys.read(entry["document"]).trigger if entry is not None else None
    if (
        entry is None
        or trigger is None
        or entry["status"] in ("closed", "stopped")
        or trigger.matches({}, {}, since) is None
    ):
        await _end(connection, workspace, journey, now, "the journey takes nobody in any more")
        return False
    if entry["status"] != "live" or not await _is_ready(connection, workspace, partition, number):
        await _move(connection, workspace, journey, partition, after, 0, now)  # what it waits is not made up for
        return False
    room = PAGE if not each else min(PAGE, (now - at) // each + (not handed))
    if room <= 0:
        return False
    people, last = await _page(connection, workspace, partition, after, trigger, since, room)
    if people:
        record = Record(
            id=digest("take in", workspace, journey, since, partition, people[0]),
            workspace=workspace,
            source=0,
            trust=SYSTEM,
            who=(),
            time=now,
            received=now,
            body=TakeIn(journey, since, people),
            hops=1,
        )
        await log.append(connection, [(partition, encode(record))])
    if last is None and partition + 1 >= PARTITIONS:
        await _move(connection, workspace, journey, partition, b"", len(people), now)
        await _end(connection, workspace, journey, now, "")
    else:
        place = (partition, last) if last is not None else (partition + 1, b"")
        used = max(at + len(people) * each, now - PAGE * each) if handed or people else now
        await _move(connection, workspace, journey, *place, len(people), used)
    return True


async def _page(
    connection: Connection, workspace: int, partition: int, after: bytes, trigger: TriggerKind, since: int, room: int
) -> tuple[list[bytes], bytes | None]:
    """Give the next people who match, and the last that was looked at; None: there are no more in this partition."""
    if named := trigger.segments():
        rows = await connection.fetch(
            "SELECT person FROM memberships WHERE partition = $1 AND workspace = $2 AND segment = $3 AND person > $4 "
            "AND since <= $5 ORDER BY person LIMIT $6",
            partition,
            workspace,
            named[0][0],
            after,
            since,
            room,
        )
        found = [row[0] for row in rows]
        return found, found[-1] if len(found) == room else None
    rows = await connection.fetch(
        "SELECT id, doc FROM people WHERE partition = $1 AND workspace = $2 AND id > $3 ORDER BY id LIMIT $4",
        partition,
        workspace,
        after,
        PAGE,
    )
    matching: list[bytes] = []
    for id, doc in rows:
        if trigger.matches(decode(doc).attributes, {}, since):
            matching.append(id)
            if len(matching) == room:
                return matching, id
    return matching, rows[-1][0] if len(rows) == PAGE else None


async def _is_ready(connection: Connection, workspace: int, partition: int, number: int) -> bool:
    """Whether everybody of a partition is built for the definitions it was asked under, and its log is short."""
    built = await connection.fetchval(
        "SELECT built FROM in_force WHERE partition = $1 AND workspace = $2", partition, workspace
    )
    if built is None or built < number:
        return False
    unread: int = await connection.fetchval(
        "SELECT count(*) FROM (SELECT FROM log l JOIN cursors c ON c.partition = l.partition "
        "WHERE l.partition = $1 AND (l.xid, l.seq) > (c.xid, c.seq) LIMIT $2) unread",
        partition,
        UNREAD,
    )
    return unread < UNREAD


async def _move(
    connection: Connection, workspace: int, journey: str, partition: int, person: bytes, handed: int, at: int
) -> None:
    await connection.execute(
        "UPDATE intakes SET partition = $3, person = $4, handed = handed + $5, at = $6 WHERE workspace = $1 AND journey = $2",
        workspace,
        journey,
        partition,
        person,
        handed,
        at,
    )


async def _end(connection: Connection, workspace: int, journey: str, now: int, why: str) -> None:
    await connection.execute(
        "UPDATE intakes SET ended = $3, why = $4 WHERE workspace = $1 AND journey = $2", workspace, journey, now, why
    )


async def taken(batch: Batch, partition: int, record: Record) -> None:
    """Hand it to each of the people it names, wherever they live now."""
    body = record.body
    assert isinstance(body, TakeIn)
    await batch.crowd.need(body.people)
    for id in body.people:
        person = batch.crowd.person(id)
        if person is None:
            continue
        if person.partition in batch.held:
            one = replace(record, body=replace(body, people=[]), who=(("cio_id", show_id(person.id)),))
            batch.step(person.id, one, batch.now(person.partition))
        else:
            batch.forward(person.partition, replace(record, body=replace(body, people=[person.id])))
