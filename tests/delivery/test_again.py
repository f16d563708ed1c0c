"""Sending again: what may be, once however often it is asked for, with everything asked anew, and never what nobody wants any more."""

import asyncio
from itertools import product
from typing import Any

import pytest

from tests.delivery.test_road import ADA, JOURNEY, WELCOME, Road, road  # noqa: F401
from tests.delivery.world import BASE, HERE, World
from tidings import history
from tidings.delivery import again
from tidings.delivery.again import OLDEST, find, hindrance
from tidings.delivery.clock import wall_clock
from tidings.delivery.delivery import Delivery
from tidings.delivery.listing import Wanted
from tidings.delivery.why import why
from tidings.delivery.worker import Worker
from tidings.history.kinds import PLANNED
from tidings.kernel.ids import home_of
from tidings.kernel.records import Consent, Delete, Event, Identify, Merge, Receipt, Record, decode, home

REFUSED = "554 5.7.1 no thanks"


async def press(road: Road, delivery: Delivery, times: int = 1, present: bool | None = None) -> None:  # noqa: F811
    """Ask for a delivery to be sent again, and wait until that is applied."""
    async with road.town.database.pool.acquire() as connection:
        await again.ask(connection, [delivery] * times, wall_clock(), "ada@example.com", present)
    await road.town.rest()


async def change(road: Road, *, template: str = WELCOME, **journey: Any) -> None:  # noqa: F811
    """Put other definitions in force."""
    body = {key: value for key, value in road.town.body.items() if key != "since"}
    document = {**JOURNEY, **journey}
    body["journeys"] = {
        "onboarding": {"version": 1, "status": "live", "document": document, "history": {"1": document}}
    }
    body["templates"] = {"welcome": {"version": 1, "text": template, "format": "html"}}
    await road.town.define(body)
    await road.town.rest()
    await road.town.built()


async def fail(road: Road) -> Delivery:  # noqa: F811
    """Let a message be refused by the provider."""
    before = len(await road.deliveries())
    road.post.answers.append(lambda _: REFUSED)
    await road.sign_up()
    found = await road.settled(before)
    await road.town.rest()
    assert found.state == "failed"
    return found


async def test_asked_for_any_number_of_times_it_is_sent_once_and_says_for_which(road: Road) -> None:  # noqa: F811
    first = await fail(road)
    await press(road, first, times=3)
    await press(road, first)
    second = await road.settled(1)
    await press(road, first)
    assert len(await road.deliveries()) == 2
    assert (second.state, len(road.post.mails)) == ("sent", 1)
    assert (second.again_of, second.asked_by, second.run) == (first.public, "ada@example.com", first.run)
    first = (await road.deliveries())[0]
    assert (first.again_as, first.state) == (second.public, "failed")
    assert f"It was sent again as {second.public}." in why(first)
    assert why(second)[0].startswith("ada@example.com asked at ")
    assert f"to send {first.public} again, which step hello of the journey onboarding" in why(second)[0]
    ada = await road.ada()
    async with road.town.database.pool.acquire() as connection:
        rows = await history.of_person(connection, [(home_of(ada.id), ada.id)], limit=50)
    planned = [row for row in rows if row.kind == PLANNED]
    assert [history.unpack(row.body).get("again_of") for row in planned] == [first.public, None]
    assert await road.town.rejected() == []


async def test_after_a_merge_it_goes_to_whoever_they_are_now(road: Road) -> None:  # noqa: F811
    """The one who was to get it is somebody else now: under their address, in their history, and their consent holds."""
    first, other = await fail(road), ("id", "boss")
    gone = await road.ada()
    await road.town.send(road.town.record(Identify({"first_name": "Boss", "email": "boss@example.com"}), other))
    await road.town.send(road.town.record(Merge(ADA), other))
    await road.town.rest()
    boss = await road.ada()
    assert boss.id != gone.id
    await press(road, first, times=2)
    second = await road.settled(1)
    assert (second.state, second.again_of, second.person) == ("sent", first.public, boss.id)
    assert [mail["To"] for mail in road.post.mails] == ["boss@example.com"]
    assert (await road.deliveries())[0].again_as == second.public
    async with road.town.database.pool.acquire() as connection:
        rows = await history.of_person(connection, [(home_of(boss.id), boss.id)], limit=50)
    assert [history.unpack(row.body).get("again_of") for row in rows if row.kind == PLANNED] == [first.public]
    await road.town.database.execute("UPDATE deliveries SET state = 'failed' WHERE id = $1", second.id)
    await road.town.send(road.town.record(Consent(unsubscribed=True), other))
    await road.town.rest()
    await press(road, second)
    third = await road.settled(2)
    assert (third.state, len(road.post.mails)) == ("refused", 1)
    assert await road.town.rejected() == []


async def test_with_several_workers_everybody_gets_it_once(road: Road) -> None:  # noqa: F811
    await road.town.hire()
    other = Worker(road.town.database.pool, road.town.database.url, BASE, means=HERE)
    running = asyncio.create_task(other.run())
    try:
        names = [("id", f"p{n}") for n in range(6)]
        road.post.answers += [lambda _: REFUSED] * len(names)
        for who in names:
            await road.town.send(road.town.record(Identify({"first_name": "P", "email": f"{who[1]}@example.com"}), who))
            await road.town.send(road.town.record(Event("Signed Up", {"via": "me"}), who))
        failed = [await road.settled(n) for n in range(len(names))]
        assert {each.state for each in failed} == {"failed"}
        await asyncio.gather(*(press(road, each, times=2) for each in [*failed, *failed]))
        for n in range(2 * len(names)):
            await road.settled(n)
        assert len(await road.deliveries()) == 2 * len(names)
        assert sorted(mail["To"] for mail in road.post.mails) == sorted(f"{name}@example.com" for _, name in names)
    finally:
        other.stop()
        await running


@pytest.mark.parametrize("order", [1, -1], ids=["receipt first", "asked first"])
async def test_what_is_known_by_then_speaks_against_it(road: Road, order: int) -> None:  # noqa: F811
    first = await fail(road)
    await road.town.database.execute("UPDATE deliveries SET state = 'unknown', failed_at = NULL")
    first = (await road.deliveries())[0]
    assert again.is_unsure(first)
    row = again.record(first, wall_clock(), "ada@example.com")
    receipt = road.town.record(Receipt(first.public, "delivered"))
    both: list[tuple[int, Record]] = [(home(receipt), receipt), (row[0], decode(row[1]))]
    await road.town.append(both[::order])
    await road.town.rest()
    assert len(await road.deliveries()) == 1
    assert await road.town.rejected() == ["it arrived"]
    ada = await road.ada()
    rows = await road.town.database.fetch("SELECT id FROM history WHERE person = $1 AND kind = $2", ada.id, PLANNED)
    assert len(rows) == 1, "no message stands in the timeline that is none"


async def test_the_content_is_what_it_was_unless_it_could_not_be_made(road: Road) -> None:  # noqa: F811
    first = await fail(road)
    await change(road, template=WELCOME.replace("Welcome,", "Mended,"))
    await press(road, first)
    assert (await road.settled(1)).state == "sent"
    assert road.post.mails[-1]["Subject"] == "Welcome, Ada"
    other = await fail(road)
    await change(road, template=WELCOME.replace("Welcome,", "Newest,"))
    await press(road, other, present=True)
    assert (await road.settled(3)).state == "sent"
    assert road.post.mails[-1]["Subject"] == "Newest, Ada"
    await change(road, template=WELCOME.replace("first_name", "nowhere"))
    await road.sign_up()
    broken = await road.settled(4)
    assert (broken.state, broken.attempts) == ("failed", 0)
    await change(road)
    await press(road, broken)
    assert (await road.settled(5)).state == "sent"


async def test_everything_is_asked_again(road: Road) -> None:  # noqa: F811
    town = road.town
    road.post.recipients["ada@example.com"] = "550 5.1.1 no such user"
    await road.sign_up()
    bounced = await road.settled(0)
    await town.rest()
    await press(road, bounced)
    second = await road.settled(1)
    assert (second.state, second.reason.partition(":")[0]) == ("refused", "the address is suppressed")
    await town.send(town.record(Identify({"email": "ada@new.example"}), ADA))
    await press(road, second)
    assert ((await road.settled(2)).state, road.post.mails[-1]["To"]) == ("sent", "ada@new.example")
    failed = await fail(road)
    await town.send(town.record(Consent(topics={"news": False}), ADA))
    await press(road, failed)
    assert (await road.settled(4)).reason == "the person unsubscribed from the topic news"


async def test_who_left_meanwhile_does_not_get_it(road: Road) -> None:  # noqa: F811
    town = road.town
    await town.send(town.record(Event("Paid", {}), ADA))
    await change(road, exit='did "Paid" since entry')
    first, second = await fail(road), await fail(road)
    await press(road, first)
    assert (await road.settled(2)).state == "sent", "what was paid before that run began is no reason"
    await town.send(town.record(Event("Paid", {}), ADA))
    await press(road, second)
    ended = await road.settled(3)
    assert ended.state == "refused"
    assert ended.reason == 'its journey lets go of the person: did "Paid" since entry'
    assert len(road.post.mails) == 1


async def test_it_follows_a_merge_and_ends_with_a_deletion(road: Road) -> None:  # noqa: F811
    town = road.town
    first = await fail(road)
    row = again.record(first, wall_clock(), "ada@example.com")
    gone = town.record(Delete(), ADA)
    await town.append([(home(gone), gone), (row[0], decode(row[1]))])
    await town.rest()
    assert await road.deliveries() == []
    assert await town.person(*ADA) is None, "nobody begins by being asked for"


def planned(world: World, person: bytes, **more: Any) -> Delivery:
    """A delivery that ended somehow."""
    now = wall_clock()
    given: dict[str, Any] = dict.fromkeys(Delivery.__struct_fields__)
    given |= {
        "state": "failed",
        "due": now,
        "again_as": "",
        "again_of": "",
        "asked_by": "",
        "reason": "",
        "attempts": 1,
    }
    return Delivery(**(given | more))


@pytest.mark.parametrize(
    ("more", "says"),
    [
        ({}, ""),
        ({"state": "bounced", "bounced_at": 1}, ""),
        ({"state": "refused"}, ""),
        ({"state": "unknown"}, ""),
        ({"state": "sent", "sent_at": 1, "bounced_at": 2}, ""),
        ({"state": "sent", "sent_at": 1}, "the provider took it"),
        ({"state": "sent", "bounced_at": 2, "opened_at": 3}, "it arrived"),
        ({"state": "bounced", "complained_at": 2}, "it arrived"),
        ({"state": "planned"}, "on its way"),
        ({"state": "attempting"}, "on its way"),
        ({"state": "cancelled", "reason": "unsubscribed (api)"}, "cancelled: unsubscribed"),
        ({"state": "shadow"}, "in shadow"),
        ({"again_as": "05x"}, "sent again already"),
        ({"due": wall_clock() - OLDEST - 1}, "more than 30 days ago"),
    ],
)
def test_what_may_be_sent_again(more: dict[str, Any], says: str) -> None:
    found = hindrance(planned(World.__new__(World), b"", **more), wall_clock())
    assert says in found
    assert bool(found) == bool(says)


async def test_a_list_holds_all_that_may_be_and_nothing_else(world: World) -> None:
    """The query narrows by an index; what it leaves is what the function leaves, for every combination."""
    await world.publish()
    ada, now = await world.person("ada"), wall_clock()
    states = ("planned", "attempting", "sent", "failed", "bounced", "refused", "cancelled", "unknown", "shadow")
    marks = ("", "bounced_at", "failed_at", "opened_at", "bounced_at, complained_at")
    kinds = list(product(states, marks, (now - 1, now - OLDEST - 10**9), ("", "05x")))
    ids = await world.plan_many([ada] * len(kinds))
    for id, (state, mark, due, as_) in zip(ids, kinds, strict=True):
        times = "".join(f", {name} = {due}" for name in mark.split(", ") if name)
        await world.database.execute(
            f"UPDATE deliveries SET state = $1, due = $2, again_as = $3, settled = $2{times} WHERE id = $4",
            *(state, due, as_, (await world.delivery(id)).id),
        )
    deliveries = [await world.delivery(id) for id in ids]
    async with world.database.pool.acquire() as connection:
        found = await find(connection, 1, Wanted(), now)
        assert {each.public for each in [*found.sure, *found.unsure]} == {
            each.public for each in deliveries if not hindrance(each, now)
        }
        assert {each.state for each in found.unsure} == {"unknown"}
        assert (await find(connection, 1, Wanted(), now, now - 2)).sure == []
        only = await find(connection, 1, Wanted(state="bounced", journey="onboarding", person=(5, ada)), now)
        came_back = {each.public for each in found.sure if each.state == "bounced" or each.bounced_at}
        assert {each.public for each in only.sure} == came_back
        for none in (Wanted(channel="sms"), Wanted(template="x"), Wanted(person=(5, bytes(16)))):
            assert (await find(connection, 1, none, now)) == ([], [], False)
        assert (await find(connection, 2, Wanted(), now)).sure == []
