"""A claim decides, renders and opens the unknown window in one transaction: what it sends, holds and refuses, and what it says."""

import email
import email.policy
from typing import Any

import pytest

from tests.delivery.world import World, consent, device
from tidings.delivery import queue, store
from tidings.delivery.claim import claim
from tidings.delivery.clock import wall_clock
from tidings.delivery.delivery import TRANSACTIONAL, Delivery
from tidings.delivery.policy import SLACK, address_hash, parse_pace
from tidings.delivery.store import read_sends
from tidings.history import Entry, kinds, pack, write
from tidings.kernel.ids import digest
from tidings.kernel.records import SYSTEM, Receipt
from tidings.kernel.times import DAY, HOUR, MINUTE, SECOND

from .world import BASE, SECRET


async def test_a_message_is_composed_and_its_window_opened(world: World) -> None:
    await world.publish()
    id = await world.plan(await world.person("ada"))
    claimed = await world.claim()
    assert (claimed.looked, len(claimed.handouts)) == (1, 1)
    outgoing = claimed.handouts[0].outgoing
    assert (outgoing.delivery, outgoing.mail_from, outgoing.rcpt_to) == (id, "hello@example.com", ("ada@example.com",))
    mail = email.message_from_bytes(outgoing.message, policy=email.policy.default)
    assert (mail["Subject"], mail["From"], mail["To"]) == (
        "Hello Ada",
        "Brightboard <hello@example.com>",
        "ada@example.com",
    )
    assert mail["Reply-To"] == "help@example.com"
    assert mail["List-Unsubscribe"].startswith(f"<{BASE}/t/u/")
    assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
    assert mail["Precedence"] == "bulk"
    found = await world.delivery(id)
    assert (found.state, found.attempts, found.claimed_by, found.topic, found.provider) == (
        "attempting",
        1,
        7,
        "news",
        "mailbox",
    )
    assert found.unknown_since is not None
    assert (await world.claim()).looked == 0, "nobody else takes it"


async def test_a_retry_is_the_same_mail(world: World) -> None:
    """Whoever gets it twice can tell by the Message-ID, which strangers cannot work out from the delivery's id."""
    await world.publish()
    ids = [await world.plan(await world.person("ada")) for _ in range(2)]
    one = (await world.claim()).handouts[0].outgoing
    await world.database.execute("UPDATE deliveries SET state = 'planned'")
    again = {each.outgoing.delivery: each.outgoing for each in (await world.claim()).handouts}

    def message_id(data: bytes) -> str:
        return str(email.message_from_bytes(data, policy=email.policy.default)["Message-ID"])

    second = again[one.delivery]
    assert message_id(one.message) == message_id(second.message)
    assert len({message_id(each.message) for each in again.values()}) == 2
    assert not any(id[2:] in message_id(one.message) for id in ids)


async def test_a_message_is_made_of_what_was_in_force_when_it_was_planned(world: World) -> None:
    ada = await world.person("ada")
    planned = []
    for name in ("old", "new"):
        world.templates["news"] = (
            f"---\nsubject: {name}\nlayout: base\ntransactional: true\n---\n<p>{{{{ snippets.foot }}}}</p>\n"
        )
        world.layouts["base"] = f"<html><body><h1>{name} layout</h1>{{{{ content }}}}</body></html>"
        world.snippets["foot"] = f"{name} snippet"
        await world.publish()
        planned.append(await world.plan(ada, "news"))
    made = {each.outgoing.delivery: each.outgoing.message for each in (await world.claim()).handouts}
    for id, name in zip(planned, ("old", "new"), strict=True):
        mail = email.message_from_bytes(made[id], policy=email.policy.default)
        html = mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
        assert (mail["Subject"], f"{name} layout" in html, f"{name} snippet" in html) == (name, True, True)


async def refused(world: World, person: bytes, template: str = "welcome", **more: Any) -> Delivery:
    """Plan and claim; give the delivery, which must not have been handed out."""
    id = await world.plan(person, template, **more)
    assert (await world.claim()).handouts == ()
    return await world.delivery(id)


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({"consent": consent(unsubscribed=True)}, "unsubscribed from everything"),
        ({"consent": consent(topics={"news": False})}, "unsubscribed from the topic news"),
        ({"consent": consent(channels={"email": False})}, "unsubscribed from email"),
        ({"identifiers": []}, "can't be reached: email needs an `email`"),
    ],
)
async def test_who_does_not_want_it_or_cannot_get_it(world: World, more: dict[str, Any], words: str) -> None:
    await world.publish()
    found = await refused(world, await world.person("ada", **more))
    assert found.state == "refused"
    assert words in found.reason
    (record,) = await world.log()
    assert isinstance(record.body, Receipt)
    assert (record.trust, record.body.metric, record.body.delivery) == (SYSTEM, "dropped", found.public)
    assert words in record.body.detail["reason"]


async def test_a_transactional_message_asks_no_consent_but_a_suppressed_address_holds_it_back(world: World) -> None:
    await world.publish()
    person = await world.person("ada", consent=consent(unsubscribed=True))
    await world.plan(person, "receipt")
    (handout,) = (await world.claim()).handouts
    assert "List-Unsubscribe" not in handout.outgoing.message.decode()
    async with world.database.pool.acquire() as connection:
        hash = address_hash(SECRET, "email", "ADA@example.com ")
        await store.suppress(connection, 1, "email", hash, "complained", 1)
    found = await refused(world, person, "receipt")
    assert (found.state, found.reason) == ("refused", "the address is suppressed: complained")


async def test_too_late_is_too_late(world: World) -> None:
    await world.publish()
    now = wall_clock()
    found = await refused(world, await world.person("ada"), due=now - DAY, expires=now - SECOND)
    assert found.state == "refused"
    assert found.reason.startswith("expired at ")


async def test_a_paused_journey_holds_what_it_sends_and_a_stopped_one_refuses_it(world: World) -> None:
    world.journeys = {"onboarding": "paused"}
    await world.publish()
    person = await world.person("ada", {"hook": "https://example.com", "first_name": "Ada"})
    for template in ("welcome", "receipt"):
        found = await refused(world, person, template)
        assert (found.state, found.reason) == ("planned", "the journey is paused")
        assert found.next_attempt > wall_clock()
    world.journeys = {"onboarding": "live"}
    await world.publish()
    assert len((await world.claim(now=wall_clock() + 2 * MINUTE)).handouts) == 2, "on resume, what became due is sent"
    for status, words in (("stopped", "was stopped"), (None, "was removed")):
        world.journeys = {"onboarding": status} if status else {}
        await world.publish()
        found = await refused(world, person)
        assert (found.state, found.reason) == ("refused", f"the journey onboarding {words}")
    await world.plan(person, "receipt", priority=TRANSACTIONAL)
    assert len((await world.claim()).handouts) == 1, "what an API call asks for belongs to no journey"


async def test_what_became_due_in_a_pause_is_sent_skipped_or_shifted(world: World) -> None:
    person = await world.person("ada")
    now = wall_clock()
    due, end = now - 2 * DAY, now - HOUR
    given: list[tuple[str, str, str]] = [
        ("send", "attempting", ""),
        ("skip", "refused", "it was due while the journey was paused, and was skipped"),
        ("shift", "planned", "its journey was paused, and it goes out at "),
    ]
    for held, state, reason in given:
        world.pauses = {"onboarding": [[now - 3 * DAY, end, 2, held, 0]]}
        await world.publish()
        id = await world.plan(person, due=due, expires=now + DAY if held != "send" else 0)
        await world.claim(now=now)
        found = await world.delivery(id)
        assert (found.state, found.reason[: len(reason)]) == (state, reason)
    shift = end - (now - 3 * DAY)
    assert (await world.delivery(id)).next_attempt == due + shift
    assert (await world.claim(now=due + shift - 1)).looked == 0
    (handout,) = (await world.claim(now=due + shift)).handouts
    assert handout.delivery.expires == now + DAY + shift, "it may take that much longer"
    outside = await world.plan(person, due=end, expires=now + DAY)
    assert outside in {each.outgoing.delivery for each in (await world.claim(now=now)).handouts}


async def test_a_pause_lets_go_no_more_than_its_rate_in_any_minute_and_no_fewer(world: World) -> None:
    now = wall_clock()
    every = parse_pace("6 per minute")
    assert every is not None
    world.pauses = {"onboarding": [[now - DAY, now, 2, "send", 20 * every]]}
    world.released = {"onboarding": every}
    await world.publish()
    people = [await world.person(f"p{n}") for n in range(20)]
    held = await world.plan_many(people, due=now - HOUR, expires=0)
    after = await world.plan(await world.person("ada"), due=now, expires=0)
    went: dict[str, int] = {}
    at = now
    while len(went) < 21:
        claimed = await world.claim(now=at, limit=7)  # several rounds of it, as of a long line
        went |= {each.outgoing.delivery: at for each in claimed.handouts}
        if not claimed.looked:
            at = await world.database.fetchval("SELECT min(next_attempt) FROM deliveries WHERE state = 'planned'")
            at += SECOND // 25 * (len(went) % 2)  # and it is claimed late now and then
    assert went.pop(after) == now, "what was not due in the pause waits for nothing"
    times = sorted(went.values())
    assert set(went) == set(held)
    assert [sum(start <= time < start + MINUTE for time in times) for start in times[:14]] == [6] * 14
    assert times[-1] - now <= 20 * every


async def test_a_second_pause_holds_what_the_first_has_not_let_go_yet(world: World) -> None:
    now = wall_clock()
    world.pauses = {
        "onboarding": [
            [now - 3 * DAY, now - 2 * DAY, 2, "send", DAY],
            [now - DAY, now, 4, "skip"],
        ]
    }
    await world.publish()
    id = await world.plan(await world.person("ada"), due=now - 3 * DAY, expires=0)
    await world.claim(now=now)
    assert (await world.delivery(id)).reason == "it was due while the journey was paused, and was skipped"


async def test_caps_count_what_is_claimed_and_nothing_transactional(world: World) -> None:
    world.settings = {"limits": {"marketing": "2 per 1 day"}}
    await world.publish()
    person = await world.person("ada")
    ids = [await world.plan(person, expires=0) for _ in range(3)]
    claimed = await world.claim()
    assert len(claimed.handouts) == 2
    (held,) = [found for id in ids if (found := await world.delivery(id)).state == "planned"]
    assert held.reason.startswith("the cap marketing: 2 per 1 day is reached until ")
    await world.plan(person, "receipt")
    assert len((await world.claim()).handouts) == 1, "transactional messages neither ask nor count"
    rows = await world.database.fetch("SELECT recent FROM sends")
    assert len(read_sends(rows[0][0])) == 2


async def test_what_is_planned_for_somebody_at_one_moment_is_decided_about_in_its_order(world: World) -> None:
    """As a rehearsal does it: where a cap leaves room for some of them, these are the first."""
    world.settings = {"limits": {"marketing": "2 per 1 day"}}
    await world.publish()
    ids = await world.plan_many([await world.person("ada")] * 12)
    handouts = (await world.claim()).handouts
    assert [each.outgoing.delivery for each in handouts] == ids[:2]


async def test_a_rate_spreads_what_is_sent(world: World) -> None:
    world.settings = {"rates": {"email": "2 per second"}}
    await world.publish()
    now = wall_clock()
    for name in "abcdefgh":
        await world.plan(await world.person(name), due=now)
    sent = len((await world.claim(now=now)).handouts)
    assert sent == 3, "a second's worth at once, and the next"
    rows = await world.database.fetch("SELECT next_attempt FROM deliveries WHERE state = 'planned' ORDER BY 1")
    gaps = [row[0] - now for row in rows]
    assert gaps == [SECOND // 2 * n for n in range(1, 6)]


async def test_what_waits_for_something_else_takes_no_room_of_a_rate(world: World) -> None:
    world.journeys["off"] = "paused"
    world.settings = {"rates": {"email": "1 per minute"}}
    await world.publish()
    now = wall_clock()
    people = [await world.person(name) for name in "abcde"]
    await world.plan_many(people[:4], journey="off", due=now - MINUTE)
    await world.plan(people[4], due=now)
    assert len((await world.claim(now=now)).handouts) == 1


async def test_a_journey_sends_no_faster_than_it_says(world: World) -> None:
    world.journeys["slow"] = "live"
    world.documents["slow"] = {"limits": {"send": "30 per minute"}}
    world.settings = {"rates": {"email": "100 per second"}}
    await world.publish()
    now = wall_clock()
    people = [await world.person(name) for name in "abcde"]
    await world.plan_many(people, journey="slow", due=now)
    other = await world.plan_many(people, due=now)
    sent = {each.outgoing.delivery for each in (await world.claim(now=now)).handouts}
    assert (len(sent), set(other) < sent) == (6, True), "other journeys are not slowed down"
    rows = await world.database.fetch("SELECT next_attempt, reason FROM deliveries WHERE state = 'planned' ORDER BY 1")
    every = parse_pace("30 per minute")
    assert every is not None
    assert [row[0] - now for row in rows] == [every * n - SLACK for n in (1, 2, 3, 4)]
    assert {row[1] for row in rows} == {"the rate set for the journey slow is reached"}
    assert len((await world.claim(now=now + 2 * SECOND)).handouts) == 1
    assert not (await world.claim(now=now + 3 * SECOND)).handouts
    assert len((await world.claim(now=now + 4 * SECOND)).handouts) == 1


async def test_the_journey_that_comes_first_gets_the_room_that_is_left(world: World) -> None:
    world.journeys |= {"offers": "live", "renewal": "live", "off": "paused"}
    world.documents = {"renewal": {"priority": 10}, "off": {"priority": 20}}
    world.settings = {"limits": {"marketing": "1 per 1 day"}}
    await world.publish()
    now = wall_clock()
    ada, bob = await world.person("ada"), await world.person("bob")
    offer = await world.plan(ada, journey="offers", due=now - MINUTE, expires=0)
    renewal = await world.plan(ada, journey="renewal", due=now, expires=0)
    await world.plan(ada, journey="off", due=now, expires=0)
    alone = await world.plan(bob, journey="offers", due=now - HOUR)
    (first,) = (await world.claim(now=now, limit=1)).handouts
    assert first.outgoing.delivery == alone
    assert (await world.claim(now=now, limit=1)).handouts == (), "the offer was planned first, and gives way"
    held = await world.delivery(offer)
    assert held.reason == "what the cap marketing: 1 per 1 day leaves is for a journey that comes first"
    assert held.next_attempt == now + MINUTE
    assert [each.outgoing.delivery for each in (await world.claim(now=now)).handouts] == [renewal]
    assert (await world.claim(now=now + MINUTE)).handouts == ()
    assert "is reached until" in (await world.delivery(offer)).reason
    assert [each.outgoing.delivery for each in (await world.claim(now=now + DAY + SECOND)).handouts] == [offer]


async def test_the_control_group_gets_no_marketing(world: World) -> None:
    world.settings = {"control_group": "100%"}
    await world.publish()
    ada = await world.person("ada")
    found = await refused(world, ada)
    assert (found.state, found.reason) == ("refused", "the person is in the control group, which gets no marketing")
    await world.plan(ada, "receipt")
    assert len((await world.claim()).handouts) == 1


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("broken", ["broken:5:", "customer.nothing is missing"]),
        ("nowhere", ["no template `nowhere`"]),
    ],
)
async def test_a_template_that_fails_fails_its_own_delivery_with_line_and_name(
    world: World, name: str, words: list[str]
) -> None:
    await world.publish()
    person = await world.person("ada")
    bad, good = await world.plan(person, name), await world.plan(person)
    claimed = await world.claim()
    assert [handout.outgoing.delivery for handout in claimed.handouts] == [good]
    found = await world.delivery(bad)
    assert found.state == "failed"
    assert all(word in found.reason for word in words), found.reason
    (record,) = await world.log()
    assert isinstance(record.body, Receipt)
    assert record.body.metric == "failed"


async def test_nobodys_name_adds_a_header(world: World) -> None:
    await world.publish()
    person = await world.person(
        "ada", {"first_name": "x\r\nBcc: all@example.com\r\n\r\n<b>", "name": "A\r\nBcc: b@c.d"}
    )
    await world.plan(person)
    (handout,) = (await world.claim()).handouts
    mail = email.message_from_bytes(handout.outgoing.message, policy=email.policy.default)
    assert mail["Bcc"] is None
    assert mail["Subject"] == "Hello x Bcc: all@example.com <b>"
    assert handout.outgoing.rcpt_to == ("ada@example.com",)
    assert "&lt;b&gt;" in mail.get_body(("html",)).get_content()


async def test_the_event_that_began_it_can_be_read_also_after_a_merge(world: World) -> None:
    await world.publish()
    ada, before = await world.person("ada"), await world.person("before")
    said = pack({"what": "a lamp", "price": 30})
    async with world.database.pool.acquire() as connection:
        await write(connection, [Entry(5, kinds.TRACK, before, 500, 500, 1, "Bought", digest("e"), said)])
    own = {await world.plan(before, "event", event=(500, digest("e"))) for _ in range(2)}
    for handout in (await world.claim()).handouts:
        assert handout.outgoing.subject == "You did a lamp"
        assert "It cost 30." in handout.outgoing.text
    await world.database.execute("UPDATE deliveries SET state = 'planned'")
    await world.database.execute("DELETE FROM people WHERE id = $1", before)
    await world.database.execute(
        "INSERT INTO links (partition, person, at, workspace, into_partition, into_person) VALUES (5, $1, 9, 1, 5, $2)",
        before,
        ada,
    )
    async with world.database.pool.acquire() as connection, connection.transaction():
        await store.move(connection, [((5, before), (5, ada))])
    handouts = (await world.claim()).handouts
    assert {handout.outgoing.delivery for handout in handouts} == own
    assert {handout.outgoing.subject for handout in handouts} == {"You did a lamp"}
    assert {handout.outgoing.recipient.address for handout in handouts} == {"ada@example.com"}


async def test_a_person_on_the_way_is_waited_for_and_one_who_is_gone_is_not(world: World) -> None:
    await world.publish()
    nobody = digest("nobody")
    now = wall_clock()
    moving, lost = await world.plan(nobody, due=now), await world.plan(nobody, due=now - 2 * DAY, expires=0)
    assert (await world.claim()).handouts == ()
    assert (await world.delivery(moving)).state == "planned"
    assert (await world.delivery(moving)).next_attempt > now
    found = await world.delivery(lost)
    assert (found.state, found.reason) == ("cancelled", "the person is gone")


async def test_one_document_that_cannot_be_read_stops_nobody_else(world: World) -> None:
    await world.publish()
    ada, bob = await world.person("ada"), await world.person("bob")
    await world.database.execute("UPDATE people SET doc = '\\xff00' WHERE id = $1", ada)
    unread, read = await world.plan(ada), await world.plan(bob)
    assert [handout.outgoing.delivery for handout in (await world.claim()).handouts] == [read]
    found = await world.delivery(unread)
    assert (found.state, found.reason) == ("planned", "the person's document can't be read by this version")


async def test_text_that_cannot_be_stored_stops_nobody_else(world: World) -> None:
    world.settings = {"channels": {"webhook": {"provider": "http", "secret_env": "TIDINGS_SECRET_HOOK"}}}
    await world.publish()
    ada = await world.person("ada", {"hook": "https://e\0x/", "first_name": "A"})
    await world.plan(ada, "hook")
    await world.plan(await world.person("bob"))
    assert len((await world.claim()).handouts) == 2
    assert {row[0] for row in await world.database.fetch("SELECT recipient FROM deliveries")} == {
        "https://e\N{REPLACEMENT CHARACTER}x/",
        "bob@example.com",
    }


async def test_every_channel_is_composed(world: World) -> None:
    world.settings = {
        "channels": {
            "sms": {"provider": "mailbox"},
            "push": {"provider": "mailbox"},
            "webhook": {"provider": "mailbox"},
        }
    }
    await world.publish()
    person = await world.person(
        "ada",
        {"first_name": 'A"da', "phone": "+1 415 555 0123", "hook": "https://example.com/h"},
        devices=[device("tok-1"), device("tok-2")],
    )
    for template in ("text", "nudge", "hook"):
        await world.plan(person, template)
    made = {each.outgoing.channel: each.outgoing for each in (await world.claim()).handouts}
    assert (made["sms"].text, made["sms"].recipient.address) == ('Hi A"da, your parcel is here.', "+14155550123")
    assert (made["push"].subject, len(made["push"].recipients)) == ("Hello", 2)
    assert made["webhook"].message == b'{"who": "A\\"da"}\n'


async def test_what_matters_most_is_claimed_first(world: World) -> None:
    await world.publish()
    person = await world.person("ada")
    late = await world.plan(person, due=wall_clock() - HOUR)
    urgent = await world.plan(person, "receipt", priority=TRANSACTIONAL)
    assert [each.outgoing.delivery for each in (await world.claim(limit=1)).handouts] == [urgent]
    assert [each.outgoing.delivery for each in (await world.claim(limit=1)).handouts] == [late]


async def test_a_busy_channel_leaves_the_others_alone(world: World) -> None:
    world.settings = {"channels": {"sms": {"provider": "mailbox"}}}
    await world.publish()
    person = await world.person("ada", {"first_name": "A", "phone": "+14155550123"})
    await world.plan(person)
    await world.plan(person, "text")
    claimed = await world.claim(channels=["sms"])
    assert [each.outgoing.channel for each in claimed.handouts] == ["sms"]


async def test_messages_that_take_long_are_claimed_few_at_a_time(world: World) -> None:
    await world.publish()
    ids = [await world.plan(await world.person(name)) for name in "abc"]
    seen: list[str] = []
    for left in (2, 1, 0):
        claimed = await world.claim(seconds=0)
        assert claimed.looked == 1
        seen += [handout.outgoing.delivery for handout in claimed.handouts]
        states = [(await world.delivery(id)).state for id in ids]
        assert states.count("planned") == left
    assert sorted(seen) == sorted(ids)


async def test_a_claim_compiles_nothing(world: World) -> None:
    await world.publish()
    ada = await world.person("ada")
    first, text = await world.plan(ada), await world.plan(ada, "receipt")
    await world.claim(limit=1)
    await world.publish()  # a snapshot that nobody has read yet
    later = await world.plan(ada)
    async with world.database.pool.acquire() as connection, connection.transaction():
        lanes = [(each, 100) for each in await queue.waiting(connection)]
        claimed = await claim(
            connection, world.workspaces, BASE, worker=7, now=wall_clock(), limit=100, lanes=lanes, seconds=60.0
        )
    assert [(snapshot.number, name) for snapshot, name in claimed.uncompiled] == [(1, "receipt"), (2, "welcome")]
    assert (claimed.looked, claimed.handouts) == (0, ())
    assert {(await world.delivery(id)).state for id in (text, later)} == {"planned"}
    assert (await world.delivery(first)).state == "attempting"
    assert {each.delivery.public for each in (await world.claim()).handouts} == {text, later}
