"""Sending again: which deliveries may be, the record that asks for it, and how it would go.

A message sent again is a delivery of its own, under an id that is a hash of the first one's: whoever asks twice, or two at once, ask for
the same one. Each is sent again at most once; where that fails too, it is sent again in turn. Whether one may be is asked twice by one
function: when somebody looks, and in the commit that plans it, with the first one locked, so that whoever was quicker is seen.
"""

from collections.abc import Sequence
from typing import Final, NamedTuple

from tidings import log
from tidings.database.pool import Connection
from tidings.delivery import reports
from tidings.delivery.delivery import COLUMNS, Delivery, Plan
from tidings.delivery.listing import Wanted
from tidings.delivery.store import as_delivery
from tidings.kernel.ids import fresh, home_of, read_delivery, show_delivery
from tidings.kernel.records import SendAgain, encode
from tidings.kernel.times import DAY

OLDEST: Final = 30 * DAY
"""What was due longer ago is news no more."""
MOST: Final = 10_000
"""Deliveries sent again in one go: as many as one short transaction appends."""
_ARRIVED: Final = ("delivered", "opened", "fetched", "clicked", "converted", "complained", "unsubscribed")
_ENDS: Final = ("failed", "bounced", "refused", "unknown")


def hindrance(delivery: Delivery, now: int) -> str:
    """Say why a delivery can't be sent again; "" where it can."""
    came_back = delivery.bounced_at is not None or delivery.failed_at is not None
    if delivery.again_as:
        return "it was sent again already"
    if delivery.state in ("planned", "attempting"):
        return "it is still on its way"
    if any(getattr(delivery, f"{outcome}_at") is not None for outcome in _ARRIVED):
        return "it arrived"
    if delivery.state == "cancelled":
        return f"it was cancelled: {delivery.reason}"
    if delivery.state == "shadow":
        return "its journey was in shadow, and nobody was to get it"
    if delivery.state not in _ENDS and not came_back:
        return "the provider took it, and nothing says that it did not arrive"
    if delivery.due < now - OLDEST:
        return f"it was due more than {OLDEST // DAY} days ago"
    return ""


def is_unsure(delivery: Delivery) -> bool:
    """Whether it may have arrived: nobody knows."""
    return delivery.state == "unknown"


def never_made(delivery: Delivery) -> bool:
    """Whether it could not even be made: there is no content to keep, and as it was it would fail once more."""
    return delivery.state == "failed" and delivery.attempts == 0


def record(delivery: Delivery, now: int, by: str, present: bool | None = None) -> tuple[int, bytes]:
    """Give the log's row that asks for it. ``present``: with the template as it is then; None: only where it could not be made."""
    present = never_made(delivery) if present is None else present
    body = SendAgain(
        delivery=delivery.public,
        run=delivery.run,
        journey=delivery.journey,
        version=delivery.version,
        step=delivery.step,
        template=delivery.template,
        channel=delivery.channel,
        priority=delivery.priority,
        due=delivery.due,
        lasts=delivery.expires - delivery.due if delivery.expires else 0,
        sure=delivery.sure,
        definitions=None if present else delivery.definitions,
        event=None
        if delivery.event_time is None or delivery.event_id is None
        else (delivery.event_time, delivery.event_id),
        values=delivery.said(),
        by=by,
    )
    return home_of(delivery.person), encode(reports.about(delivery.workspace, delivery.person, body, now, fresh()))


class Found(NamedTuple):
    """What of a list may be sent again. ``unsure``: nobody knows whether it arrived. ``more``: there is more than `MOST` together."""

    sure: list[Delivery]
    unsure: list[Delivery]
    more: bool


async def find(connection: Connection, workspace: int, wanted: Wanted, now: int, ended: int | None = None) -> Found:
    """Find what may be sent again, the latest due first. ``ended``: only what had come to its end by then."""
    home, who = wanted.person or (None, None)
    rows = await connection.fetch(
        f"SELECT {COLUMNS} FROM deliveries WHERE workspace = $1 AND again_as = '' AND due >= $2 "
        "AND (state IN ('failed', 'bounced', 'refused', 'unknown') OR bounced_at IS NOT NULL OR failed_at IS NOT NULL) "
        "AND ($3 = '' OR state = $3 OR $3 = 'bounced' AND bounced_at IS NOT NULL) "
        "AND ($4 = '' OR channel = $4) AND ($5 = '' OR journey = $5) AND ($6 = '' OR template = $6) "
        "AND ($7::smallint IS NULL OR (home = $7 AND person = $8)) "
        "AND ($9::bigint IS NULL OR greatest(settled, bounced_at, failed_at) <= $9) ORDER BY due DESC, id DESC LIMIT $10",
        *(workspace, now - OLDEST, wanted.state, wanted.channel, wanted.journey, wanted.template, home, who, ended),
        MOST + 1,
    )
    found = [each for row in rows[:MOST] if not hindrance(each := as_delivery(row), now)]
    sure = [each for each in found if not is_unsure(each)]
    return Found(sure, [each for each in found if is_unsure(each)], len(rows) > MOST)


async def ask(connection: Connection, deliveries: Sequence[Delivery], now: int, by: str, present: bool | None) -> None:
    """Ask for these to be sent again."""
    await log.append(connection, [record(each, now, by, present) for each in deliveries])


async def hold(connection: Connection, plans: Sequence[Plan]) -> dict[bytes, str]:
    """Lay hold of the first ones of messages that are to be planned again, in the transaction that plans them. Gives those that may not be,
    by the id they would have, with the reason ("": that is planned already, and all is well)."""
    asked = {key: plan for plan in plans if plan.effect.again and (key := read_delivery(plan.effect.again.of))}
    refused = {plan.effect.id: "there is no such delivery" for plan in plans}
    rows = await connection.fetch(
        f"SELECT {', '.join(f'd.{name}' for name in Delivery.__struct_fields__)} FROM unnest($1::smallint[], $2::bytea[]) AS k(p, i) "
        "JOIN deliveries d ON d.partition = k.p AND d.id = k.i ORDER BY d.partition, d.id FOR UPDATE OF d",
        [partition for partition, _ in asked],
        [id for _, id in asked],
    )
    held = []
    for first in map(as_delivery, rows):
        plan = asked[first.partition, first.id]
        own = show_delivery(plan.partition, plan.effect.id)
        why = hindrance(first, plan.effect.due) if first.workspace == plan.workspace else "there is no such delivery"
        if first.again_as == own:
            refused[plan.effect.id] = ""
        elif why:
            refused[plan.effect.id] = why
        else:
            del refused[plan.effect.id]
            held.append((first.partition, first.id, own))
    await connection.executemany("UPDATE deliveries SET again_as = $3 WHERE partition = $1 AND id = $2", held)
    return refused
