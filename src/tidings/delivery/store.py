"""The tables of deliveries as the processor writes them, inside its own commit.

Rows are written in the order of their keys, deliveries before sends, so that two writers never wait for each other in a circle.
"""

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Final

import msgspec

from tidings.channels import mailbox, registry
from tidings.database.pool import Connection
from tidings.delivery import copies
from tidings.delivery.delivery import COLUMNS, OUTCOMES, Cancel, Delivery, Noted, Owner, Plan
from tidings.delivery.policy import Sent
from tidings.history.numbers import Numbers
from tidings.kernel.ids import read_delivery, show_delivery
from tidings.kernel.records import SECRET

CHANNEL: Final = "tidings_deliveries"
_OWNER: Final = "d.workspace, d.home, d.person, d.journey, d.step, d.template, d.channel, d.topic, d.run"


async def plan(connection: Connection, plans: Sequence[Plan]) -> int:
    """Write planned messages; one that is there already stays as it is. Gives how many were new.

    After the commit, call `wake`; without it the messages go out a little later.
    """
    if not plans:
        return 0
    turns = _turns(plans)
    plans = sorted(plans, key=lambda plan: (plan.partition, plan.effect.id))
    effects = [plan.effect for plan in plans]
    made = await connection.fetch(
        _PLAN,
        [plan.partition for plan in plans],
        [effect.id for effect in effects],
        [plan.workspace for plan in plans],
        [plan.person for plan in plans],
        [effect.run for effect in effects],
        [effect.journey for effect in effects],
        [effect.version for effect in effects],
        [effect.step for effect in effects],
        [effect.template for effect in effects],
        [effect.channel for effect in effects],
        [plan.definitions for plan in plans],
        [plan.priority for plan in plans],
        [effect.sure for effect in effects],
        [effect.due for effect in effects],
        [effect.expires for effect in effects],
        [effect.event[0] if effect.event else None for effect in effects],
        [effect.event[1] if effect.event else None for effect in effects],
        [msgspec.msgpack.encode(effect.values) for effect in effects],
        [effect.again.of if effect.again else "" for effect in effects],
        [effect.again.by if effect.again else "" for effect in effects],
        [effect.again.refuse if effect.again else "" for effect in effects],
        [effect.due + turns[effect.id] for effect in effects],
    )
    return len(made)


def _turns(plans: Iterable[Plan]) -> dict[bytes, int]:
    """Let what is planned for a person at the same moment be decided about in its order: by so many microseconds one after the other."""
    turns: dict[bytes, int] = {}
    before: defaultdict[tuple[bytes, int], int] = defaultdict(int)
    for plan in plans:
        same = (plan.person, plan.effect.due)
        turns.setdefault(plan.effect.id, before[same])
        before[same] += 1
    return turns


_PLAN = """
INSERT INTO deliveries (partition, id, workspace, home, person, run, journey, version, step, template, channel, definitions,
                        priority, sure, due, expires, event_time, event_id, values, next_attempt,
                        again_of, asked_by, reason, state, settled)
SELECT p, i, w, p, o, r, j, v, s, t, c, n, y, u, d, x, et, ei, b, a, ao, ab, no,
       CASE WHEN no = '' THEN 'planned' ELSE 'refused' END, CASE WHEN no <> '' THEN d END
FROM unnest($1::smallint[], $2::bytea[], $3::smallint[], $4::bytea[], $5::bytea[], $6::text[], $7::int[], $8::text[], $9::text[],
            $10::text[], $11::int[], $12::smallint[], $13::bool[], $14::bigint[], $15::bigint[], $16::bigint[], $17::bytea[],
            $18::bytea[], $19::text[], $20::text[], $21::text[], $22::bigint[])
     AS new(p, i, w, o, r, j, v, s, t, c, n, y, u, d, x, et, ei, b, ao, ab, no, a)
ON CONFLICT DO NOTHING
RETURNING 1
"""


async def wake(connection: Connection) -> None:
    """Tell the workers that there is something to send. Outside of a transaction: a notice inside one makes commits wait in line."""
    await connection.execute(f"NOTIFY {CHANNEL}")


async def cancel(connection: Connection, cancels: Sequence[Cancel], numbers: Numbers | None = None) -> int:
    """Cancel what is not yet claimed; gives how many deliveries that were. Waits for a claim that is being decided. ``numbers``: where each
    is counted as dropped."""
    if not cancels:
        return 0
    unasking = [name for name, channel in registry().items() if not channel.consent]
    found = await connection.fetch(
        """
        WITH ended AS (SELECT DISTINCT ON (h, p, r) h, p, r, why, at, but
                       FROM unnest($1::smallint[], $2::bytea[], $3::bytea[], $4::text[], $5::bigint[], $6::text[])
                            AS given(h, p, r, why, at, but))
        UPDATE deliveries d SET state = 'cancelled', reason = ended.why, settled = ended.at, dropped_at = coalesce(d.dropped_at, ended.at)
        FROM ended
        WHERE d.home = ended.h AND d.person = ended.p AND d.state = 'planned' AND (d.run = ended.r OR ended.r IS NULL
            AND NOT d.channel = ANY($7::text[]) AND NOT d.template = ANY(string_to_array(ended.but, E'\\n')))
        RETURNING d.workspace, d.journey, d.version, d.step, d.dropped_at, d.dropped_at = ended.at AS fresh
        """,
        [cancel.partition for cancel in cancels],
        [cancel.person for cancel in cancels],
        [cancel.run for cancel in cancels],
        [cancel.reason for cancel in cancels],
        [cancel.time for cancel in cancels],
        ["\n".join(cancel.but) for cancel in cancels],
        unasking,
    )
    if numbers is not None:
        for workspace, journey, version, step, at, fresh in found:
            if fresh:
                numbers.add(workspace, journey, version, step, "dropped", at)
    return len(found)


async def resolve(connection: Connection, deliveries: Iterable[str]) -> dict[str, Owner]:
    """Find whose deliveries these are, by public id; those that do not exist are left out."""
    ids = {text: found for text in deliveries if (found := read_delivery(text)) is not None}
    rows = await connection.fetch(
        f"SELECT d.partition, d.id, {_OWNER} FROM unnest($1::smallint[], $2::bytea[]) AS asked(p, i) "
        "JOIN deliveries d ON d.partition = asked.p AND d.id = asked.i",
        [partition for partition, _ in ids.values()],
        [id for _, id in ids.values()],
    )
    owners = {(row[0], row[1]): Owner(*tuple(row)[2:]) for row in rows}
    return {text: owners[id] for text, id in ids.items() if id in owners}


async def record(connection: Connection, receipts: Sequence[Noted], numbers: Numbers | None = None) -> dict[str, Owner]:
    """Write down what became of deliveries, in any order and any number of times: each outcome keeps its earliest time, but where whoever
    handed the message over said so, that one.

    Gives whose they are, by public id; receipts of deliveries that do not exist are left out. An address that bounced for good, or
    whose owner complained, is suppressed where the receipt can be believed. ``numbers``: where each outcome that is new to its delivery
    is counted, at the step that sent it, in the hour of its earliest time. A message of which nobody knew whether it was sent was, where
    something became of it.
    """
    times: dict[tuple[int, bytes], dict[str, int]] = {}
    said: defaultdict[tuple[int, bytes, str], set[int]] = defaultdict(set)
    texts: dict[str, tuple[int, bytes]] = {}
    suppress: dict[tuple[int, bytes], tuple[str, int]] = {}
    drops: dict[tuple[int, bytes], int] = {}
    for receipt in receipts:
        id = read_delivery(receipt.delivery)
        if id is None:
            continue
        texts[receipt.delivery] = id
        outcome = _outcome(receipt)
        known = times.setdefault(id, {})
        if outcome is not None:
            known[outcome] = min(receipt.time, known.get(outcome, receipt.time))
            said[*id, outcome].add(receipt.time)
        elif receipt.metric == "dropped":
            drops[id] = receipt.time
        reason = _suppresses(receipt)
        if reason:
            suppress.setdefault(id, (reason, receipt.time))
    if not times:
        return {}
    ids = sorted(times)
    rows = await connection.fetch(
        _RECORD,
        [id[0] for id in ids],
        [id[1] for id in ids],
        *([times[id].get(outcome) for id in ids] for outcome in OUTCOMES),
        [drops.get(id) for id in ids],
    )
    owners = {(row[0], row[1]): Owner(*tuple(row)[7:]) for row in rows}
    if numbers is not None:
        for row in rows:
            owner = owners[row[0], row[1]]
            dropped = drops.get((row[0], row[1])) if row[6] is None else None
            after, before = (dict(zip(OUTCOMES, times, strict=True)) for times in (row[4], row[5]))
            fresh = {*row[3], *(each for each in _SETTLED if before[each] in said[row[0], row[1], each])}
            news = {outcome: after[outcome] for outcome in fresh} | ({} if dropped is None else {"dropped": dropped})
            where = (owner.workspace, owner.journey, row[2], owner.step)
            for outcome, time in news.items():
                numbers.add(*where, outcome, time)
            for outcome, was in before.items():
                if was is not None and outcome not in news and after[outcome] < was:
                    numbers.add(*where, outcome, was, -1)
                    numbers.add(*where, outcome, after[outcome])
    bad = sorted(id for id in suppress if id in owners)
    if bad:
        await connection.execute(
            """
            INSERT INTO address_suppressions (workspace, channel, address, reason, since)
            SELECT d.workspace, d.channel, d.address, min(given.why), min(given.at)
            FROM unnest($1::smallint[], $2::bytea[], $3::text[], $4::bigint[]) AS given(p, i, why, at)
            JOIN deliveries d ON d.partition = given.p AND d.id = given.i
            WHERE d.address IS NOT NULL
            GROUP BY 1, 2, 3 ORDER BY 1, 2, 3
            ON CONFLICT DO NOTHING
            """,
            [id[0] for id in bad],
            [id[1] for id in bad],
            [suppress[id][0] for id in bad],
            [suppress[id][1] for id in bad],
        )
    return {text: owners[id] for text, id in texts.items() if id in owners}


_GIVEN = ", ".join(f"{name}_given" for name in OUTCOMES)
_BEFORE = ", ".join(f"before.{name}_at" for name in OUTCOMES)
_AFTER = ", ".join(f"d.{name}_at" for name in OUTCOMES)
_SETTLED: Final = ("sent", "bounced", "failed")
"""Outcomes that whoever hands a message over writes beside it at once. Their receipt, of the same time, follows through the log and counts
them, so nobody else's moves that time."""
_PROOF = ", ".join(f"{name}_given" for name in OUTCOMES if name not in ("converted", "failed"))
"""What tells that a message was sent after all: when it was tried."""
_IMPLIED = (
    f"CASE WHEN before.state = 'unknown' AND before.sent_at IS NULL AND coalesce({_PROOF}) IS NOT NULL "
    "THEN coalesce(before.unknown_since, before.due) END"
)
_NEW = ", ".join(
    f"CASE WHEN {name}_given IS NOT NULL AND before.{name}_at IS NULL"
    + (f" OR {_IMPLIED} IS NOT NULL" if name == "sent" else "")
    + f" THEN '{name}' END"
    for name in OUTCOMES
)
_TIMES = {name: f"least(d.{name}_at, {name}_given)" for name in OUTCOMES}
_TIMES["sent"] = f"least(d.sent_at, sent_given, {_IMPLIED})"
for _name in _SETTLED:
    _said = f"before.state = '{_name}' AND before.unknown_since IS NULL"
    _TIMES[_name] = f"CASE WHEN {_said} THEN d.{_name}_at ELSE {_TIMES[_name]} END"
_RECORD = f"""
WITH given AS (
    SELECT * FROM unnest($1::smallint[], $2::bytea[], {", ".join(f"${n}::bigint[]" for n in range(3, 4 + len(OUTCOMES)))})
    AS given(p, i, {_GIVEN}, dropped_given)
), before AS (
    SELECT b.partition, b.id, b.state, b.unknown_since, b.due, b.dropped_at, {", ".join(f"b.{name}_at" for name in OUTCOMES)}
    FROM deliveries b JOIN given ON b.partition = given.p AND b.id = given.i ORDER BY 1, 2 FOR UPDATE OF b
)
UPDATE deliveries d SET
    {", ".join(f"{name}_at = {time}" for name, time in _TIMES.items())},
    dropped_at = coalesce(d.dropped_at, dropped_given),
    state = CASE WHEN d.state = 'unknown' AND coalesce({_PROOF}) IS NOT NULL THEN 'sent' ELSE d.state END,
    reason = CASE WHEN d.state = 'unknown' AND coalesce({_PROOF}) IS NOT NULL THEN '' ELSE d.reason END
FROM given JOIN before ON before.partition = given.p AND before.id = given.i
WHERE d.partition = given.p AND d.id = given.i
RETURNING d.partition, d.id, d.version, array_remove(ARRAY[{_NEW}], NULL), ARRAY[{_AFTER}], ARRAY[{_BEFORE}], before.dropped_at, {_OWNER}
"""


def _outcome(receipt: Noted) -> str | None:
    if receipt.metric in ("opened", "clicked") and receipt.detail.get("machine"):
        return "fetched"
    return receipt.metric if receipt.metric in OUTCOMES and receipt.metric != "fetched" else None


def _suppresses(receipt: Noted) -> str:
    if receipt.trust < SECRET:
        return ""
    if receipt.metric == "complained":
        return "complained"
    if receipt.metric == "bounced" and receipt.detail.get("permanent", True):
        return f"bounced: {receipt.detail.get('reason', '')}".rstrip(": ")[:500]
    return ""


async def move(connection: Connection, moves: Sequence[tuple[tuple[int, bytes], tuple[int, bytes]]]) -> None:
    """Give the deliveries of absorbed people to their survivors; what each was sent counts together.

    ``moves``: ((partition, person) absorbed, (partition, person) survivor).
    """
    for (old_home, old), (home, person) in sorted(moves):
        await connection.execute(
            "UPDATE deliveries SET home = $3, person = $4 WHERE home = $1 AND person = $2", old_home, old, home, person
        )
    keys = sorted({key for pair in moves for key in pair})
    rows = await connection.fetch(
        "SELECT s.partition, s.person, recent FROM sends s JOIN unnest($1::smallint[], $2::bytea[]) AS k(p, i) "
        "ON s.partition = k.p AND s.person = k.i ORDER BY 1, 2 FOR UPDATE OF s",
        [key[0] for key in keys],
        [key[1] for key in keys],
    )
    recent = {(row[0], row[1]): read_sends(row[2]) for row in rows}
    for absorbed, survivor in sorted(moves):
        if absorbed not in recent:
            continue
        both = {sent.id: sent for sent in [*recent.get(survivor, []), *recent.pop(absorbed)]}
        recent[survivor] = sorted(both.values(), key=lambda sent: sent.time)
        await connection.execute(
            "INSERT INTO sends (partition, person, recent) VALUES ($1, $2, $3) "
            "ON CONFLICT (partition, person) DO UPDATE SET recent = excluded.recent",
            *survivor,
            write_sends(recent[survivor]),
        )
        await connection.execute("DELETE FROM sends WHERE partition = $1 AND person = $2", *absorbed)


async def delete(connection: Connection, people: Sequence[tuple[int, bytes]]) -> None:
    """Forget the deliveries of people, by (partition, person). A claimed one may still go out; nothing of it is kept."""
    people = sorted(set(people))
    whose = [partition for partition, _ in people], [person for _, person in people]
    gone = await connection.fetch(
        "DELETE FROM deliveries d USING unnest($1::smallint[], $2::bytea[]) AS gone(p, i) "
        "WHERE d.home = gone.p AND d.person = gone.i RETURNING d.partition, d.id",
        *whose,
    )
    await connection.execute(
        "DELETE FROM sends s USING unnest($1::smallint[], $2::bytea[]) AS gone(p, i) WHERE s.partition = gone.p AND s.person = gone.i",
        *whose,
    )
    if gone:
        await copies.forget(connection, [(row[0], row[1]) for row in gone])
        await mailbox.delete(connection, [show_delivery(row[0], row[1]) for row in gone])


async def fetch(connection: Connection, delivery: str) -> Delivery | None:
    """Read one delivery by its public id."""
    id = read_delivery(delivery)
    if id is None:
        return None
    row = await connection.fetchrow(f"SELECT {COLUMNS} FROM deliveries WHERE partition = $1 AND id = $2", *id)
    return as_delivery(row) if row else None


async def suppress(
    connection: Connection, workspace: int, channel: str, address: bytes, reason: str, since: int
) -> None:
    """Send nothing to an address (a hash, see `policy.address_hash`) any more."""
    await connection.execute(
        "INSERT INTO address_suppressions VALUES ($1, $2, $3, $4, $5) ON CONFLICT DO NOTHING",
        workspace,
        channel,
        address,
        reason,
        since,
    )


async def unsuppress(connection: Connection, workspace: int, channel: str, address: bytes) -> None:
    """Send to an address again."""
    await connection.execute(
        "DELETE FROM address_suppressions WHERE workspace = $1 AND channel = $2 AND address = $3",
        workspace,
        channel,
        address,
    )


async def sends_of(connection: Connection, key: tuple[int, bytes]) -> list[Sent]:
    """Read what a person, by (partition, id), was sent lately."""
    recent = await connection.fetchval("SELECT recent FROM sends WHERE partition = $1 AND person = $2", *key)
    return read_sends(recent) if recent is not None else []


def as_delivery(row: Mapping[str, Any]) -> Delivery:
    """Read a row of `COLUMNS`."""
    return Delivery(**dict(row.items()))


async def sends(connection: Connection, people: Sequence[tuple[int, bytes]]) -> dict[bytes, list[Sent]]:
    """Read what people, by home partition and id, were sent lately as caps count it."""
    rows = await connection.fetch(
        "SELECT s.person, s.recent FROM sends s JOIN unnest($1::smallint[], $2::bytea[]) AS k(p, i) "
        "ON s.partition = k.p AND s.person = k.i",
        [home for home, _ in people],
        [person for _, person in people],
    )
    return {row[0]: read_sends(row[1]) for row in rows}


_sends = msgspec.msgpack.Decoder(list[Sent])
_HEAD = b"\x01"


def read_sends(data: bytes) -> list[Sent]:
    """Read ``sends.recent``: a format byte, then a MessagePack list."""
    if data[:1] != _HEAD:
        raise ValueError(f"sends format {data[:1]!r} is not known to this version")
    return _sends.decode(data[1:])


def write_sends(sends: list[Sent]) -> bytes:
    """Give the stored form."""
    return _HEAD + msgspec.msgpack.encode(sends)
