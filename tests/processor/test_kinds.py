"""One plain example for each kind of record that is more than handed to a person, and for what a person's time does."""

import asyncio
import time
from typing import Any

import pytest
from msgspec.structs import replace

from tests.conftest import Database
from tests.processor.test_recovery import stamped
from tests.processor.town import Town
from tidings.history import conversions
from tidings.history.conversions import Conversion
from tidings.kernel.ids import partition_of, show, show_delivery
from tidings.kernel.records import (
    PUBLIC,
    SYSTEM,
    Alias,
    Consent,
    Delete,
    Device,
    Event,
    Group,
    Identify,
    Member,
    Merge,
    Receipt,
    Ungroup,
)
from tidings.kernel.times import DAY, HOUR, MINUTE, SECOND
from tidings.people import catalog, rejected
from tidings.processor import seen

HELLO = {"version": 1, "format": "html", "text": "---\nchannel: email\nsubject: Hello\n---\nHello"}


def journey(**document: Any) -> dict[str, Any]:
    return {"version": 1, "status": "live", "document": document}


async def test_members_read_their_group(town: Town) -> None:
    await town.define(
        {"segments": {"big": {"segment": "big", "name": "Big", "rule": "company.seats >= 20"}}},
    )
    ann, ben = ("id", "ann"), ("id", "ben")
    await town.send(
        town.record(Group("company", "acme", {"seats": 5, "color": "red"}), ann),
        town.record(Group("company", "acme"), ben),
    )
    for name in ("ann", "ben"):
        person = await town.person("id", name)
        assert person is not None
        assert [(group.key, group.attributes) for group in person.groups] == [("acme", {"seats": 5})]
        assert "big" not in person.segments
    await town.send(town.record(Group("company", "acme", {"seats": 25}), ann))
    await town.until(lambda person: "big" in person.segments, ann, ben)
    await town.send(town.record(Ungroup("company", "acme"), ben))
    await town.until(lambda person: "big" not in person.segments, ben)
    await town.send(town.record(Ungroup("company", "acme", whole=True)))
    await town.until(lambda person: "big" not in person.segments and not person.groups, ann)


async def test_a_rule_that_reads_a_new_attribute_of_groups_is_told(town: Town) -> None:
    ann = ("id", "ann")
    await town.define({})
    await town.send(town.record(Group("company", "acme", {"seats": 25}), ann))
    await town.define({"segments": {"big": {"segment": "big", "name": "Big", "rule": "company.seats >= 20"}}})
    await town.until(lambda person: "big" in person.segments, ann)


async def test_a_timer_moves_somebody_nothing_happens_to(town: Town) -> None:
    await town.define(
        {
            "templates": {"hello": HELLO},
            "journeys": {
                "welcome": journey(
                    journey="welcome",
                    trigger={"event": "Signed Up"},
                    steps=[{"id": "soon", "wait": "1 second"}, {"id": "hello", "send": "hello"}],
                )
            },
        }
    )
    await town.send(town.record(Event("Signed Up", {}), ("id", "ann")))
    async with asyncio.timeout(100):
        while not await town.database.fetchval("SELECT count(*) FROM deliveries"):
            await town.rest()
            await asyncio.sleep(0.02)
    row = (await town.database.fetch("SELECT due, template, state FROM deliveries"))[0]
    entered = await town.database.fetchval("SELECT min(time) FROM history WHERE kind = 21")
    assert (row["template"], row["state"], row["due"]) == ("hello", "planned", entered + SECOND)


async def test_what_became_of_a_message_happens_to_the_person(town: Town) -> None:
    await town.define(
        {
            "templates": {"hello": HELLO},
            "segments": {"readers": {"segment": "readers", "name": "Readers", "rule": 'opened email "hello"'}},
            "journeys": {
                "welcome": journey(
                    journey="welcome", trigger={"event": "Signed Up"}, steps=[{"id": "hello", "send": "hello"}]
                )
            },
        }
    )
    await town.send(town.record(Event("Signed Up", {}), ("id", "ann")))
    row = (await town.database.fetch("SELECT partition, id FROM deliveries"))[0]
    delivery = show_delivery(row["partition"], row["id"])
    await town.send(
        replace(town.record(Receipt(delivery, "opened"), source=0, trust=PUBLIC), workspace=0),
        town.record(Receipt(delivery, "clicked", {"href": "https://x.test"}), trust=PUBLIC),
        town.record(Receipt(show_delivery(1, b"x" * 16), "opened"), trust=SYSTEM),
    )
    person = await town.person("id", "ann")
    assert person is not None
    assert "readers" in person.segments
    outcome = (await town.database.fetch("SELECT opened_at, clicked_at FROM deliveries"))[0]
    assert outcome["opened_at"] is not None
    assert outcome["clicked_at"] is None
    assert sorted(await town.rejected()) == ["a public key can't report deliveries", "there is no such delivery"]
    await town.send(town.record(Receipt(delivery, "complained"), source=0, trust=SYSTEM))
    person = await town.person("id", "ann")
    assert person is not None
    assert person.consent.unsubscribed


async def test_history_starts_no_journey(town: Town) -> None:
    await town.define(
        {
            "templates": {"hello": HELLO},
            "segments": {"paid": {"segment": "paid", "name": "Paid", "rule": 'did "Paid" within 90 days'}},
            "journeys": {
                "thanks": journey(journey="thanks", trigger={"event": "Paid"}, steps=[{"id": "hello", "send": "hello"}])
            },
        }
    )
    now = time.time_ns() // 1000
    await town.send(
        town.record(Event("Paid", {}), ("id", "old"), at=now - 25 * HOUR),
        town.record(Event("Paid", {}), ("id", "late"), at=now - 23 * HOUR),
        town.record(Event("Paid", {}), ("anonymous_id", "b1"), at=now - 71 * HOUR),
        town.record(Event("Paid", {}), ("anonymous_id", "b2"), at=now - 73 * HOUR),
        town.record(Event("Paid", {}), ("id", "ancient"), at=now - 91 * DAY),
    )
    inside = {}
    for kind, value in [
        ("id", "old"),
        ("id", "late"),
        ("anonymous_id", "b1"),
        ("anonymous_id", "b2"),
        ("id", "ancient"),
    ]:
        person = await town.person(kind, value)
        assert person is not None
        sent = await town.database.fetchval("SELECT count(*) FROM deliveries WHERE person = $1", person.id)
        inside[value] = ("paid" in person.segments, sent)
    assert inside == {
        "old": (True, 0),
        "late": (True, 1),
        "b1": (True, 1),
        "b2": (True, 0),
        "ancient": (False, 0),
    }


async def test_devices_consent_and_segments_kept_by_hand(town: Town) -> None:
    ann = ("id", "ann")
    await town.define({"segments": {"vip": {"segment": "vip", "name": "VIP", "manual": True}}})
    await town.send(
        town.record(Device("t1", "ios", {"app": "1.0"}), ann),
        town.record(Device("t2", "android"), ann),
        town.record(Device("t1", gone=True), ann),
        town.record(Consent(topics={"news": False}), ann),
        town.record(Member("vip", True), ann),
        town.record(Member("nobody", True), ann),
    )
    person = await town.person("id", "ann")
    assert person is not None
    assert [(device.token, device.platform) for device in person.devices] == [("t2", "android")]
    assert person.consent.topics == {"news": False}
    assert list(person.segments) == ["vip"]
    assert await town.rejected() == ['there is no segment "nobody" kept by hand']
    assert await town.database.fetchval("SELECT segment FROM memberships WHERE person = $1", person.id) == "vip"


async def test_the_rejected_can_be_replayed(town: Town) -> None:
    update = town.record(Identify({"plan": "pro"}, create=False), ("id", "ann"))
    await town.send(update)
    assert await town.rejected() == ["there is no such person"]
    await town.send(town.record(Identify({}), ("id", "ann")))
    async with town.database.pool.acquire() as connection:
        entry = (await rejected.page(connection, town.workspace)).found[0]
        assert entry.record == update
        assert await rejected.replay(connection, town.workspace, [entry.id], time.time_ns() // 1000) == 1
        again = await rejected.replay(connection, town.workspace, [entry.id], time.time_ns() // 1000, waiting=True)
        assert again == 0, "somebody else did it a moment ago"
    await town.rest()
    person = await town.person("id", "ann")
    assert person is not None
    assert person.attributes == {"id": "ann", "plan": "pro"}
    assert len(await town.rejected()) == 1


async def test_the_catalog_knows_what_was_seen(town: Town) -> None:
    ann = ("id", "ann")
    steps = [{"id": "a", "track": "Thanked", "properties": {"how": "twice"}}, {"id": "b", "set": {"thanked": True}}]
    document = {"journey": "j", "trigger": {"event": "Paid"}, "steps": steps}
    await town.define({"journeys": {"j": {"version": 1, "status": "live", "document": document}}})
    await town.send(
        town.record(Event("Paid", {"total": 5, "currency": "EUR"}), ann),
        town.record(Event("Paid", {"total": "7", "items": []}), ann),
        town.record(Identify({"plan": "pro"}), ann),
    )
    async with asyncio.timeout(100):
        while True:
            async with town.database.pool.acquire() as connection:
                seen = {
                    (line.kind, line.name, line.property): line
                    for line in await catalog.read(connection, town.workspace)
                }
            if {("person", "", "plan"), ("person", "", "thanked")} <= seen.keys():
                break
            await town.rest()
    assert seen["track", "Paid", ""].times == 2
    assert seen["track", "Paid", "total"].types == ["text", "number"]
    assert seen["track", "Paid", "currency"].example == "EUR"
    assert seen["track", "Paid", "items"].times == 1
    assert seen["person", "", "plan"].example == "pro"
    assert seen["track", "Thanked", "how"].example == "twice", "what a step lets happen is seen too"


async def test_what_was_rejected_of_the_deleted_is_gone_however_it_named_them(town: Town) -> None:
    ann, ben = ("id", "ann"), ("id", "ben")
    await town.send(
        town.record(Identify({}), ann),
        town.record(Merge(("email", "ben@x.test")), ann),
        town.record(Identify({"email": "ben@x.test"}), ben),
    )
    person = await town.person("id", "ben")
    assert person is not None
    await town.send(
        town.record(Alias("ben"), ann, trust=PUBLIC), town.record(Delete(), ("cio_id", show(person.id)), trust=PUBLIC)
    )
    assert len(await town.rejected()) == 3
    await town.send(town.record(Delete(), ben))
    assert await town.rejected() == []


async def test_a_late_report_of_a_forgotten_message_keeps_no_address(town: Town) -> None:
    gone = Receipt(show_delivery(1, b"x" * 16), "bounced", {"recipient": "ann@x.test", "reason": "no such user"})
    await town.send(town.record(gone, source=0, trust=SYSTEM))
    assert await town.rejected() == ["there is no such delivery"]
    assert (
        await town.database.fetchval("SELECT bool_or(position('ann@x.test'::bytea IN record) > 0) FROM rejected")
        is False
    )


async def _examples(town: Town, *wanted: str) -> dict[str, str]:
    """Give the catalog's examples as soon as all of ``wanted`` are in it, of which each worker writes its own."""
    async with asyncio.timeout(100):
        while True:
            async with town.database.pool.acquire() as connection:
                seen = {line.property: line.example for line in await catalog.read(connection, town.workspace)}
            if seen.keys() >= {*wanted}:
                return seen
            await town.rest()


async def test_the_catalog_keeps_no_example_of_the_deleted(town: Town) -> None:
    ann = ("id", "ann")
    await town.send(
        town.record(Event("Paid", {"card": "4242"}), ann),
        town.record(Identify({"plan": "pro"}), ann),
        town.record(Delete(), ann),
    )
    await town.send(town.record(Identify({"tier": 1}), ("id", "ben")))
    seen = await _examples(town, "tier", "card", "plan")
    assert {name: example for name, example in seen.items() if example} == {"tier": "1"}


async def test_the_catalog_keeps_the_examples_of_everybody_else(town: Town) -> None:
    ann, ben = ("id", "ann"), ("id", "ben")
    await town.send(
        town.record(Event("Paid", {"card": "4242"}), ("anonymous_id", "a")),
        town.record(Identify({"plan": "pro"}), ben),
        town.record(Group("company", "acme", {"seats": 9}), ann),
    )
    await town.send(town.record(Identify({"tier": 1}), ann, ("anonymous_id", "a")))
    assert (await _examples(town, "tier", "card", "plan", "seats"))["card"] == "4242"
    await town.send(town.record(Delete(), ann))
    assert {name: example for name, example in (await _examples(town)).items() if name} == {
        "card": "",
        "plan": "pro",
        "seats": "9",
        "tier": "",
    }


async def test_an_example_written_down_after_its_person_was_deleted_is_dropped(town: Town) -> None:
    """By another worker, which saw it before."""
    ann, ben = ("id", "ann"), ("id", "ben")
    await town.send(
        town.record(Event("Read", {}), ("anonymous_id", "a")),
        town.record(Identify({}), ann),
        town.record(Identify({}), ben, ("anonymous_id", "b")),
    )
    gone, stays, absorbed = [
        person.id for each in (ann, ben, ("anonymous_id", "a")) if (person := await town.person(*each)) is not None
    ]
    await town.send(town.record(Identify({}), ben, ("anonymous_id", "a")), town.record(Delete(), ann))
    late, now = catalog.Tally(), time.time_ns() // 1000
    for name, person in {"card": gone, "plan": stays, "page": absorbed, "seats": b""}.items():
        late.see(town.workspace, "person", "", {name: "x"}, now, person)
    async with town.database.pool.acquire() as connection:
        await late.write(connection, range(64))
        await catalog.forget_gone(connection, range(64))
    seen = await _examples(town, "card", "plan", "page", "seats")
    assert seen == {**seen, "card": "", "plan": "x", "page": "x", "seats": "x"}


async def test_a_record_finds_its_person_wherever_they_live(town: Town) -> None:
    """By the person's own id, whose partition is rarely where the record goes first."""
    await town.send(*(town.record(Identify({}), ("id", f"u{n}")) for n in range(20)))
    people = [await town.person("id", f"u{n}") for n in range(20)]
    await town.send(*(town.record(Event("Found", {}), ("cio_id", show(person.id))) for person in people if person))
    for person in people:
        assert person is not None
        assert await town.events(person) == ["Found"]
        assert person.partition == person.id[0] == partition_of(town.workspace, *person.identifiers[0])


async def test_history_is_kept_as_long_as_the_workspace_says(town: Town) -> None:
    did = {
        name: {"segment": name, "rule": f'did "{event}"'} for name, event in (("old", "Long ago"), ("new", "Lately"))
    }
    await town.define({"settings": {"retention": "2 days"}, "segments": did})
    now = time.time_ns() // 1000
    ann = ("id", "ann")
    await town.send(
        town.record(Event("Long ago", {}), ann, at=now - 3 * DAY), town.record(Event("Lately", {}), ann, at=now - DAY)
    )
    person = await town.person("id", "ann")
    assert person is not None
    assert (set(person.segments), person.wake_at) == ({"new"}, now - DAY + 2 * DAY), "what is forgotten counts no more"
    times = [now - 3 * DAY, now - 20 * DAY]
    made = [
        Conversion(n, town.workspace, "j", b"g", bytes([n]), 1, False, at, 0, "", (), b"p", "")
        for n, at in enumerate(times)
    ]
    async with town.database.pool.acquire() as connection, connection.transaction():
        await conversions.write(connection, made, 0)

    async def runs() -> list[int]:
        return [row[0] for row in await town.database.fetch("SELECT at FROM conversions")]

    async with asyncio.timeout(100):
        while await town.events(person) != ["Lately"] or await runs() != times[:1]:
            for worker in town.workers:
                worker._aside.tidied = 0.0
            await town.rest()
    async with town.database.pool.acquire() as connection:
        assert [each.count for each in await conversions.read(connection, town.workspace, "j", None)] == [2]


async def test_the_mail_of_the_deleted_is_gone_from_the_mailbox(town: Town) -> None:
    await town.define(
        {
            "templates": {"hello": HELLO},
            "journeys": {
                "welcome": journey(
                    journey="welcome", trigger={"event": "Signed Up"}, steps=[{"id": "hello", "send": "hello"}]
                )
            },
        }
    )
    await town.send(town.record(Event("Signed Up", {}), ("id", "ann")))
    row = (await town.database.fetch("SELECT partition, id FROM deliveries"))[0]
    await town.database.execute(
        "INSERT INTO mailbox (workspace, channel, delivery, recipient, subject, text, html, fields, headers, raw) "
        "VALUES ($1, 'email', $2, 'ann@example.com', 'Hello', 'Hello', '', '{}', '{}', '')",
        town.workspace,
        show_delivery(row["partition"], row["id"]),
    )
    await town.send(town.record(Group("company", "acme", {"seats": 3}), ("id", "ann")))
    await town.send(town.record(Delete(), ("id", "ann")))
    for table in ("members", "deliveries", "mailbox", "history", "people", "memberships"):
        assert await town.database.fetchval(f"SELECT count(*) FROM {table}") == 0, table


async def test_who_closes_their_account_and_unsubscribes_still_gets_the_receipt(town: Town) -> None:
    receipt = {
        **HELLO,
        "text": "---\nchannel: email\nsubject: Closed\ntransactional: true\n---\nYour account is closed",
    }
    steps = [{"id": "receipt", "send": "receipt"}, {"id": "hello", "send": "hello"}, {"id": "rest", "wait": "1 day"}]
    closed = journey(journey="closed", trigger={"event": "Account Closed"}, steps=steps)
    await town.define({"templates": {"hello": HELLO, "receipt": receipt}, "journeys": {"closed": closed}})
    await town.send(
        town.record(Event("Account Closed", {}), ("id", "ann")), town.record(Consent(unsubscribed=True), ("id", "ann"))
    )
    rows = await town.database.fetch("SELECT template, state FROM deliveries ORDER BY template")
    assert [tuple(row) for row in rows] == [("hello", "cancelled"), ("receipt", "planned")]


async def test_text_that_cannot_be_stored_stops_nobody(town: Town) -> None:
    await town.send(
        town.record(Identify({"name": "A\0B", "na\0me": "\0", "email": "a\0@example.com"}), ("id", "a\0b")),
        town.record(Member("no\0ne", True), ("id", "a\0b")),
        town.record(Identify({"name": "Ben"}), ("id", "ben")),
    )
    assert await town.rejected() == ['there is no segment "no\ufffdne" kept by hand']
    rows = await town.database.fetch("SELECT known_id, name, email FROM people ORDER BY known_id")
    assert [tuple(row) for row in rows] == [("a\ufffdb", "A\ufffdB", "a\ufffd@example.com"), ("ben", "Ben", None)]


async def test_ids_are_remembered_while_older_rows_are_unread(database: Database) -> None:
    now = 20_000 * DAY
    async with database.pool.acquire() as connection:
        for slot in range(seen.SLOTS):
            await seen.write(connection, slot, [bytes([slot]) * 16])
        await connection.copy_records_to_table(
            "log", columns=("stamp", "partition", "body"), records=[(now - 3 * DAY, 5, b"")]
        )
        await seen.tidy(connection, now)
        assert await connection.fetchval("SELECT count(*) FROM message_ids") == seen.SLOTS
        await connection.execute("UPDATE cursors SET xid = 1 << 60")
        await seen.tidy(connection, now)
        left = {row[0] for row in await connection.fetch("SELECT slot FROM message_ids")}
        assert left == {seen.slot_of(now), seen.slot_of(now - DAY)}


@pytest.mark.parametrize("workers", [1, 2])
async def test_a_date_known_long_before_a_journey_is_published_starts_it(database: Database, workers: int) -> None:
    """All of it lies back, so that no worker is too slow for it: known, passed, published, and come."""
    town = await Town.make(database, workers=0)
    now = time.time_ns() // 1000 // SECOND * SECOND
    known, passed, published, comes = (now - minutes * MINUTE for minutes in (8, 6, 4, 2))
    await town.define({}, known - MINUTE)
    dates = [town.record(Identify({"ends": at // SECOND}), ("id", who)) for who, at in (("a", comes), ("b", passed))]
    await stamped(town, *((known, record) for record in dates))
    ends = journey(journey="ends", trigger={"date": "ends"}, steps=[{"id": "m", "send": "hello"}])
    await town.define({"templates": {"hello": HELLO}, "journeys": {"ends": ends}}, published)
    for _ in range(workers):
        await town.hire()
    await town.rest()
    await town.built()
    await town.rest()
    person = await town.person("id", "a")
    assert person is not None
    rows = await town.database.fetch("SELECT person, due FROM deliveries")
    assert [tuple(row) for row in rows] == [(person.id, comes)]
    await town.close()
