"""A journey in shadow does everything but hand its messages over."""

from tests.delivery.world import World
from tidings.delivery import listing
from tidings.delivery.clock import wall_clock
from tidings.delivery.compose import anew, reading
from tidings.delivery.why import why
from tidings.kernel.records import Receipt


async def put(world: World, shadow: bool) -> None:
    """Publish with the journey in shadow, or not."""
    await world.publish()
    if shadow:
        await world.database.execute(
            "UPDATE definitions SET body = jsonb_set(body::jsonb, '{journeys,onboarding,shadow}', 'true')::json WHERE number = $1",
            world.number,
        )


async def mails(world: World) -> int:
    found: int = await world.database.fetchval("SELECT count(*) FROM mailbox")
    return found


async def test_everything_happens_but_the_handing_over(world: World) -> None:
    await put(world, shadow=True)
    ada = await world.person("ada")
    async with world.working():
        found = await world.until(await world.plan(ada), "shadow")
        failed = await world.until(await world.plan(ada, "broken"), "failed")
        unreachable = await world.until(await world.plan(ada, "text"), "failed", "refused")
        assert await mails(world) == 0
        assert found.reason == "it would have gone out to ada@example.com, but its journey is in shadow"
        assert (found.attempts, found.sent_at, found.topic) == (0, None, "news")
        assert any("Everything was done but handing it over" in line for line in why(found))
        assert "customer.nothing" in failed.reason
        assert "sms" in unreachable.reason
        assert [record for record in await world.log() if isinstance(record.body, Receipt)] == []
        async with world.database.pool.acquire() as connection:
            said = await listing.not_sent(connection, 1, "onboarding")
        assert sorted(said) == sorted((each.state, each.reason, 1) for each in (failed, unreachable))
        assert await world.database.fetchval("SELECT count(*) FROM sends WHERE octet_length(recent) > 20") == 0
        await put(world, shadow=False)
        await world.until(await world.plan(ada), "sent")
        assert await mails(world) == 1


async def test_messages_that_nobody_got_count_towards_no_cap(world: World) -> None:
    world.settings["limits"] = {"marketing": "1 per 7 days"}
    await put(world, shadow=True)
    ada = await world.person("ada")
    async with world.working():
        for _ in range(2):
            await world.until(await world.plan(ada), "shadow")
        world.journeys["other"] = "live"
        await put(world, shadow=True)
        await world.until(await world.plan(ada, journey="other"), "sent")
        held = await world.when(await world.plan(ada), lambda delivery: bool(delivery.reason))
        assert "the cap marketing: 1 per 7 days is reached" in held.reason


async def test_what_it_would_have_sent_can_be_read(world: World) -> None:
    await put(world, shadow=True)
    id = await world.plan(await world.person("ada"))
    async with world.working():
        await world.until(id, "shadow")
    async with world.database.pool.acquire() as connection:
        (listed,) = await listing.in_shadow(connection, 1, "onboarding")
        assert listed.public == id
        found = await anew(connection, world.workspaces, listed)
    assert found is not None
    made = reading(found, listed, wall_clock())
    assert made.subject == "Hello Ada"
    assert 'href="https://example.com/start?a=1&amp;b=2"' in (made.html or "")
    assert "/t/" not in (made.html or "")
