"""Stopping all sending: nothing is claimed while it stands, by whatever many workers; what was held is sent afterwards, or dropped."""

import asyncio
from collections import Counter

from tests.delivery.post import taking
from tests.delivery.world import World
from tidings.delivery import stopping
from tidings.delivery.clock import wall_clock
from tidings.delivery.stop import Fate, Held, Stop, fate
from tidings.kernel.records import Receipt
from tidings.kernel.times import HOUR, SECOND


async def stop(world: World, *, ago: int = 0) -> None:
    async with world.database.pool.acquire() as connection:
        async with connection.transaction():
            assert await stopping.stop(connection, 1, wall_clock() - ago, "ada@example.com", "the wrong segment")
        await stopping.tell(connection)


async def resume(world: World, held: Held) -> None:
    async with world.database.pool.acquire() as connection:
        assert await stopping.resume(connection, 1, wall_clock(), "ada@example.com", held)
        await stopping.tell(connection)


async def states(world: World) -> Counter[str]:
    rows = await world.database.fetch("SELECT state, count(*) FROM deliveries GROUP BY state")
    return Counter({row[0]: row[1] for row in rows})


async def test_nothing_goes_out_while_it_stands_and_all_of_it_once_afterwards(world: World) -> None:
    async with taking() as post:
        world.sender = post.settings
        await world.publish()
        people = [await world.person(f"p{n}") for n in range(60)]
        await stop(world)
        async with world.working(), world.working():
            ids = await world.plan_many(people)
            assert (await world.claim()).looked == 0
            async with world.database.pool.acquire() as connection:
                assert await stopping.held(connection, 1, wall_clock()) == 60
            await asyncio.sleep(1.2)  # longer than a worker ever goes without looking
            assert await states(world) == {"planned": 60}
            assert not post.mails
            await resume(world, "send")
            for id in ids:
                await world.until(id, "sent")
        assert sorted(mail["To"] for mail in post.mails) == sorted(f"p{n}@example.com" for n in range(60))


async def test_a_stop_waits_for_the_claims_before_it_and_stands_for_all_after(world: World) -> None:
    await world.publish()
    people = [await world.person(f"p{n}") for n in range(200)]
    await world.plan_many(people)
    halted = asyncio.Event()
    claimed_after = 0

    async def claims() -> None:
        nonlocal claimed_after
        for _ in range(12):
            knew = halted.is_set()
            looked = (await world.claim(limit=5)).looked
            claimed_after += looked if knew else 0

    async def halts() -> None:
        await asyncio.sleep(0)
        await stop(world)
        halted.set()

    await asyncio.gather(claims(), claims(), claims(), halts())
    assert claimed_after == 0
    assert (await world.claim()).looked == 0


async def test_what_was_held_is_dropped_where_that_was_chosen_and_says_so(world: World) -> None:
    async with taking() as post:
        world.sender = post.settings
        await world.publish()
        person = await world.person("ada")
        await stop(world, ago=2 * SECOND)
        held, later = await world.plan(person), await world.plan(person, due=wall_clock() + 2 * SECOND)
        await resume(world, "drop")
        async with world.working():
            dropped = await world.until(held, "refused", "sent")
            assert dropped.reason.startswith("all sending was stopped from")
            await world.until(later, "sent")
        assert len(post.mails) == 1
        told = [record.body for record in await world.log() if isinstance(record.body, Receipt)]
        assert [body.metric for body in told if body.delivery == held] == ["dropped"]


async def test_a_stop_costs_a_message_none_of_the_time_it_may_still_be_sent_in(world: World) -> None:
    await world.publish()
    person = await world.person("ada")
    now = wall_clock()
    id = await world.plan(person, due=now - 3 * HOUR, expires=now - HOUR)
    late = await world.plan(person, due=now - 9 * HOUR, expires=now - 6 * HOUR)
    await stop(world, ago=5 * HOUR)
    await resume(world, "send")
    async with world.working():
        assert (await world.until(id, "sent", "refused")).state == "sent"
        assert (await world.until(late, "sent", "refused")).reason.startswith("expired")


def test_it_holds_what_was_due_before_its_end_and_nothing_else() -> None:
    drops = [Stop(100, 200, "drop")]
    assert fate(drops, 50, 50, 0).dropped
    assert fate(drops, 200, 200, 300).dropped
    assert fate(drops, 201, 201, 300) == Fate()
    assert fate(drops, 50, 201, 0) == Fate(), "it waited for something else when the stop ended"
    assert fate(drops, 50, 50, 100) == Fate(), "it was too late before"
    sends = [Stop(100, 200, "send"), Stop(300, 400, "send")]
    assert fate(sends, 50, 50, 120) == Fate("", 100), "it would have been sent before the second"
    assert fate(sends, 150, 150, 350) == Fate("", 150)
    assert fate(sends, 350, 350, 390) == Fate("", 50)
