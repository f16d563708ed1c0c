"""What the processor writes of deliveries, on a real database."""

from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import Database
from tidings.delivery import listing, queue, store
from tidings.delivery.delivery import Cancel, Noted, Plan
from tidings.delivery.policy import Sent
from tidings.delivery.queue import Settled
from tidings.delivery.store import read_sends, write_sends
from tidings.history.numbers import Numbers, read
from tidings.kernel.effects import Planned
from tidings.kernel.ids import digest, show_delivery
from tidings.kernel.records import PUBLIC
from tidings.kernel.times import HOUR

ADA, BOB = digest("ada"), digest("bob")
RUN = digest("run")


def planned(
    number: int, *, person: bytes = ADA, partition: int = 5, run: bytes = RUN, due: int = 1000, **more: Any
) -> Plan:
    effect = Planned(digest("delivery", number), run, "onboarding", 2, "welcome", "welcome", "email", due, 0, **more)
    return Plan(partition, 1, person, effect)


def public(plan: Plan) -> str:
    return show_delivery(plan.partition, plan.effect.id)


async def test_planning_twice_is_planning_once(database: Database) -> None:
    plans = [planned(n, event=(77, b"e" * 16), values={"score": 3}) for n in range(3)]
    async with database.pool.acquire() as connection:
        assert await store.plan(connection, plans) == 3
        assert await store.plan(connection, [*plans, planned(9)]) == 1
        found = await store.fetch(connection, public(plans[0]))
        assert found is not None
        assert (found.state, found.event_time, found.event_id, found.said()) == ("planned", 77, b"e" * 16, {"score": 3})
        assert (found.home, found.person, found.next_attempt) == (5, ADA, 1000)
        assert len(await listing.of_person(connection, 5, ADA)) == 4


async def test_a_run_or_a_person_is_cancelled_and_nobody_else(database: Database) -> None:
    other = digest("other run")
    plans = [planned(1), planned(2, run=other), planned(3, person=BOB, run=digest("bob's"))]
    async with database.pool.acquire() as connection:
        await store.plan(connection, plans)
        assert await store.cancel(connection, [Cancel(5, ADA, RUN, "the run ended", 5)]) == 1
        assert await store.cancel(connection, [Cancel(5, ADA, None, "unsubscribed", 6)]) == 1
        states = [(await store.fetch(connection, public(plan))) for plan in plans]
    assert [found and (found.state, found.reason) for found in states] == [
        ("cancelled", "the run ended"),
        ("cancelled", "unsubscribed"),
        ("planned", ""),
    ]


async def test_who_unsubscribes_still_gets_what_asks_nobody(database: Database) -> None:
    plans = [planned(n) for n in range(3)]
    said = (("receipt", "email"), ("welcome", "webhook"), ("welcome", "email"))
    plans = [
        replace(plan, effect=replace(plan.effect, template=template, channel=channel))
        for plan, (template, channel) in zip(plans, said, strict=True)
    ]
    async with database.pool.acquire() as connection:
        await store.plan(connection, plans)
        assert await store.cancel(connection, [Cancel(5, ADA, None, "unsubscribed", 6, ("other", "receipt"))]) == 1
        found = [await store.fetch(connection, public(plan)) for plan in plans]
        assert [each and each.state for each in found] == ["planned", "planned", "cancelled"]
        assert await store.cancel(connection, [Cancel(5, ADA, RUN, "the run ended", 7, ("receipt",))]) == 2


@pytest.mark.parametrize("order", [(0, 1, 2, 3), (3, 2, 1, 0), (2, 0, 3, 1, 0, 2)])
async def test_outcomes_keep_their_first_time_in_any_order_and_any_number_of_times(
    database: Database, order: tuple[int, ...]
) -> None:
    plan = planned(1)
    receipts = [
        Noted(public(plan), "delivered", 10),
        Noted(public(plan), "opened", 30),
        Noted(public(plan), "opened", 20, {"machine": True}),
        Noted(public(plan), "opened", 40),
    ]
    async with database.pool.acquire() as connection:
        await store.plan(connection, [plan])
        for at in order:
            owners = await store.record(connection, [receipts[at]])
            owner = owners[public(plan)]
            assert (owner.partition, owner.person, owner.journey, owner.step) == (5, ADA, "onboarding", "welcome")
        found = await store.fetch(connection, public(plan))
    assert found is not None
    assert found.outcomes == {"delivered": 10, "fetched": 20, "opened": 30}


@pytest.mark.parametrize("outcome", ["sent", "bounced", "failed"])
@pytest.mark.parametrize("theirs", [-HOUR, -1, 1, HOUR])
@pytest.mark.parametrize("order", [("ours", "theirs"), ("theirs", "ours"), ("both",), ("theirs", "both")])
async def test_what_a_provider_says_as_well_is_counted_once(
    database: Database, outcome: str, theirs: int, order: tuple[str, ...]
) -> None:
    plan, at = planned(1), 5 * HOUR + 1000
    receipts = {"ours": Noted(public(plan), outcome, at), "theirs": Noted(public(plan), outcome, at + theirs)}
    async with database.pool.acquire() as connection, connection.transaction():
        await store.plan(connection, [plan])
        await connection.execute(f"UPDATE deliveries SET state = $1, {outcome}_at = $2", outcome, at)
        for each in order:
            numbers = Numbers()
            await store.record(connection, [*receipts.values()] if each == "both" else [receipts[each]], numbers)
            await numbers.write(connection, 0)
        counted = await read(connection, 1, "onboarding", hourly=True)
        found = await store.fetch(connection, public(plan))
    assert {each.hour: each.count for each in counted if each.what == outcome and each.count} == {5 * HOUR: 1}
    assert found is not None
    assert found.outcomes[outcome] == at


@pytest.mark.parametrize("theirs", [-HOUR, -1, 1, HOUR])
async def test_what_a_provider_says_before_the_answer_is_written_is_counted_once(
    database: Database, theirs: int
) -> None:
    plan, at = planned(1), 5 * HOUR + 1000
    async with database.pool.acquire() as connection, connection.transaction():
        await store.plan(connection, [plan])
        await connection.execute("UPDATE deliveries SET state = 'attempting', claimed_by = 7, unknown_since = 1000")
        for time in (at + theirs, at):
            numbers = Numbers()
            await store.record(connection, [Noted(public(plan), "sent", time)], numbers)
            await numbers.write(connection, 0)
            if time != at:
                delivery = await store.fetch(connection, public(plan))
                assert delivery is not None
                await queue.settle(connection, 7, [Settled(delivery=delivery, state="sent", attempt=0, time=at)])
        counted = await read(connection, 1, "onboarding", hourly=True)
    assert sum(each.count for each in counted if each.what == "sent") == 1


async def test_receipts_of_nothing_are_left_out(database: Database) -> None:
    async with database.pool.acquire() as connection:
        assert (
            await store.record(
                connection, [Noted("zz", "opened", 1), Noted(show_delivery(3, digest("x")), "opened", 1)]
            )
            == {}
        )
        assert await store.resolve(connection, ["", "zz", show_delivery(3, digest("x"))]) == {}


async def test_an_address_that_bounced_is_suppressed_if_the_report_can_be_believed(database: Database) -> None:
    plans = [planned(n) for n in range(4)]
    async with database.pool.acquire() as connection:
        await store.plan(connection, plans)
        for number, plan in enumerate(plans):
            await connection.execute(
                "UPDATE deliveries SET address = $2 WHERE id = $1", plan.effect.id, bytes([number]) * 16
            )
        await store.record(
            connection,
            [
                Noted(public(plans[0]), "bounced", 5, {"reason": "no such user", "permanent": True}),
                Noted(public(plans[1]), "bounced", 5, {"permanent": False}),
                Noted(public(plans[2]), "bounced", 5, {"permanent": True}, PUBLIC),
                Noted(public(plans[3]), "complained", 6),
            ],
        )
        rows = await connection.fetch("SELECT address, reason, since FROM address_suppressions ORDER BY address")
    assert [tuple(row) for row in rows] == [
        (b"\x00" * 16, "bounced: no such user", 5),
        (b"\x03" * 16, "complained", 6),
    ]


async def test_a_merge_moves_deliveries_and_counts_sends_together(database: Database) -> None:
    mine, theirs = planned(1), planned(2, person=BOB, partition=9)
    first, second, both = (Sent(bytes([n]) * 16, n, "email", "") for n in (1, 2, 3))
    async with database.pool.acquire() as connection:
        await store.plan(connection, [mine, theirs])
        for home, person, sends in ((5, ADA, [first, both]), (9, BOB, [second, both])):
            await connection.execute("INSERT INTO sends VALUES ($1, $2, $3)", home, person, write_sends(sends))
        async with connection.transaction():
            await store.move(connection, [((9, BOB), (5, ADA))])
        assert {each.id for each in await listing.of_person(connection, 5, ADA)} == {mine.effect.id, theirs.effect.id}
        rows = await connection.fetch("SELECT partition, person, recent FROM sends")
        assert [(row[0], row[1], read_sends(row[2])) for row in rows] == [(5, ADA, [first, second, both])]
        owners = await store.resolve(connection, [public(theirs)])
        assert owners[public(theirs)].person == ADA, "the id stays, and leads to whoever it is now"


async def test_a_deleted_person_leaves_nothing(database: Database) -> None:
    plans = [planned(1), planned(2, person=BOB)]
    async with database.pool.acquire() as connection:
        await store.plan(connection, plans)
        await connection.execute("INSERT INTO sends VALUES (5, $1, $2)", ADA, write_sends([]))
        await store.delete(connection, [(5, ADA)])
        assert await store.fetch(connection, public(plans[0])) is None
        assert await store.fetch(connection, public(plans[1])) is not None
        assert await connection.fetchval("SELECT count(*) FROM sends") == 0


async def test_a_receipt_settles_what_was_unknown(database: Database) -> None:
    plan = planned(1)
    async with database.pool.acquire() as connection:
        await store.plan(connection, [plan])
        await connection.execute("UPDATE deliveries SET state = 'unknown', reason = 'no answer came'")
        await store.record(connection, [Noted(public(plan), "delivered", 10)])
        found = await store.fetch(connection, public(plan))
    assert found is not None
    assert (found.state, found.reason) == ("sent", "")
