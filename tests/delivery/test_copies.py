"""What was sent stays as it was sent, whatever becomes of the person, the template and the settings; and goes when the person goes."""

from typing import Any

from tests.delivery.post import taking
from tests.delivery.world import SECRET, World, device
from tidings.delivery import copies, queue, store
from tidings.delivery.clock import wall_clock
from tidings.delivery.copies import Copy
from tidings.delivery.links import harmless
from tidings.kernel.ids import person_id, read_delivery
from tidings.kernel.times import DAY

NEWS = """---
subject: "{{ customer.first_name }}, your news \N{EN DASH} {{ event.what | default: 'today' }}"
topic: news
preheader: Only for {{ customer.first_name }}
headers: {X-Kind: news}
---
<h1>Hello {{ customer.first_name }}</h1>
<p>{{ snippets.greeting }} <a href="https://example.com/a?b=1&c=2">Read</a> or <a href="{% unsubscribe_url %}">leave</a>.</p>
"""


async def kept(world: World, id: str) -> Copy | None:
    async with world.database.pool.acquire() as connection:
        return await copies.read(connection, await world.delivery(id))


async def a_copy(world: World, id: str) -> Copy:
    found = await kept(world, id)
    assert found is not None
    return found


async def count(world: World) -> int:
    found: int = await world.database.fetchval("SELECT count(*) FROM copies")
    return found


async def test_what_a_mail_server_got_is_what_is_kept(world: World) -> None:
    world.templates["news"] = NEWS.replace("{{ snippets.greeting }}", "Good day.")
    async with taking() as post:
        world.sender = post.settings
        await world.publish()
        ada, eve = await world.person("ada"), await world.person("eve")
        async with world.working():
            ids = await world.plan_many([ada, eve], "news")
            for id in ids:
                await world.until(id, "sent")
        world.templates["news"] = NEWS.replace("Hello", "Goodbye").replace("{{ snippets.greeting }}", "")
        world.settings = {"senders": {"team": {"email": "other@example.com", "name": "Other"}}}
        await world.publish()
        await world.person("ada", {"first_name": "Somebody Else"})
        got = {mail["To"]: (mail, envelope) for mail, envelope in zip(post.mails, post.envelopes, strict=True)}
        for id, name in zip(ids, ("ada", "eve"), strict=True):
            copy, (mail, envelope) = await a_copy(world, id), got[f"{name}@example.com"]
            assert copy.source == envelope.original_content, "byte for byte"
            assert copy.subject == mail["Subject"] == f"{name.title()}, your news \N{EN DASH} today"
            html = mail.get_body(("html",)).get_content()
            assert copy.html.encode() == mail.get_body(("html",)).get_payload(decode=True).replace(b"\r\n", b"\n")
            assert "Hello " + name.title() in html
            assert copy.text.encode() == mail.get_body(("plain",)).get_payload(decode=True).replace(b"\r\n", b"\n")
            assert (copy.mail_from, list(copy.rcpt_to)) == (envelope.mail_from, envelope.rcpt_tos)
            said = dict(copy.lines)
            assert said["From"] == "Brightboard <hello@example.com>"
            assert (said["X-Kind"], said["Message-ID"]) == ("news", mail["Message-ID"])
            assert copy.to == (f"{name}@example.com",)
    stems = await world.database.fetch("SELECT body FROM copy_stems")
    assert len(stems) == 1
    assert b"{{ customer.first_name }}" in stems[0]["body"]
    assert b"Ada" not in stems[0]["body"], "what all have in common is nobody's"
    assert all(b"Ada" not in row["body"] for row in await world.database.fetch("SELECT body FROM copies"))


async def test_every_channel_keeps_what_it_handed_over(world: World) -> None:
    world.templates["hook"] = (
        "---\nchannel: webhook\nformat: text\nurl: https://api.example.com/hook\nheaders:\n  Authorization: Bearer hush\n"
        '  X-Api-Key: hush\n  X-Team: growth\n---\n{"who": {{ customer.first_name | json }}}\n'
    )
    world.templates["nudge"] = (
        "---\nchannel: push\nformat: text\ntitle: Hello\nlink: app://x\n---\nCome back, {{ customer.first_name }}\n"
    )
    mailbox: dict[str, Any] = {"provider": "mailbox"}
    world.settings = {"channels": {"sms": mailbox, "webhook": mailbox, "push": mailbox}}
    await world.publish()
    ada = await world.person("ada", {"first_name": "Ada", "phone": "+14155550123"}, devices=[device("tok-1")])
    async with world.working():
        text, nudge, hook = [await world.plan(ada, name) for name in ("text", "nudge", "hook")]
        for id in (text, nudge, hook):
            await world.until(id, "sent")
    said = await a_copy(world, text)
    assert (said.text, said.to, said.source) == ("Hi Ada, your parcel is here.", ("+14155550123",), b"")
    said = await a_copy(world, nudge)
    assert (said.subject, said.text, said.to) == ("Hello", "Come back, Ada", ("tok-1",))
    assert said.fields["link"] == "app://x"
    said = await a_copy(world, hook)
    assert (said.text, said.fields["method"], said.to) == (
        '{"who": "Ada"}\n',
        "POST",
        ("https://api.example.com/hook",),
    )
    assert said.headers == {
        "Content-Type": "application/json",
        "Authorization": copies.HIDDEN,
        "X-Api-Key": copies.HIDDEN,
        "X-Team": "growth",
    }


async def test_a_later_attempt_takes_the_place_of_an_earlier(world: World) -> None:
    await world.publish()
    ada = await world.person("ada")
    id = await world.plan(ada)
    await world.claim()
    assert "Hi Ada" in (await a_copy(world, id)).text
    await world.person("ada", {"first_name": "Augusta"})
    await world.database.execute("UPDATE deliveries SET state = 'planned', next_attempt = 0, reason = 'try again'")
    await world.claim()
    assert "Hi Augusta" in (await a_copy(world, id)).text
    assert await count(world) == 1


async def test_what_was_claimed_and_never_handed_over_was_not_sent(world: World) -> None:
    await world.publish()
    id = await world.plan(await world.person("ada"))
    (handout,) = (await world.claim()).handouts
    async with world.database.pool.acquire() as connection, connection.transaction():
        await queue.put_back(connection, 7, [handout.delivery])
    assert await kept(world, id) is None
    assert await count(world) == 0


async def test_a_message_that_was_never_made_has_no_copy(world: World) -> None:
    world.settings = {"limits": {"marketing": "1 per 7 days"}}
    await world.publish()
    ada = await world.person("ada")
    broken, first, second = await world.plan(ada, "broken"), await world.plan(ada), await world.plan(ada)
    await world.claim()
    assert [await kept(world, id) is not None for id in (broken, first, second)] == [False, True, False]


async def test_what_a_journey_in_shadow_would_have_sent_is_kept_too(world: World) -> None:
    await world.publish()
    await world.database.execute(
        "UPDATE definitions SET body = jsonb_set(body::jsonb, '{journeys,onboarding,shadow}', 'true')::json"
    )
    id = await world.plan(await world.person("ada"))
    assert (await world.claim()).handouts == ()
    assert (await world.delivery(id)).state == "shadow"
    assert "Hi Ada" in (await a_copy(world, id)).text


async def test_a_copy_follows_a_merge_and_goes_with_its_person(world: World) -> None:
    await world.publish()
    ada, eve = await world.person("ada"), await world.person("eve")
    ids = await world.plan_many([ada, eve])
    await world.claim()
    async with world.database.pool.acquire() as connection, connection.transaction():
        await store.move(connection, [((5, ada), (9, person_id(9, "person", "x")))])
    assert "Hi Ada" in (await a_copy(world, ids[0])).text
    async with world.database.pool.acquire() as connection, connection.transaction():
        await store.delete(connection, [(9, person_id(9, "person", "x"))])
    assert [bytes(row["id"]) for row in await world.database.fetch("SELECT id FROM copies")] == [
        read_delivery(ids[1])[1]
    ]  # type: ignore[index]


async def test_copies_are_forgotten_when_a_workspace_keeps_no_longer(world: World) -> None:
    await world.publish()
    people = [await world.person(name) for name in ("ada", "eve", "bob")]
    ids = await world.plan_many(people)
    await world.claim()
    border = wall_clock() - DAY
    old = read_delivery(ids[0])
    assert old is not None
    await world.database.execute("UPDATE copies SET at = $1 WHERE id = $2", border - 1, old[1])
    async with world.database.pool.acquire() as connection:
        assert await copies.forget_before(connection, range(6, 64), 1, border) == 0
        assert await copies.forget_before(connection, range(64), 2, border) == 0
        assert await copies.forget_before(connection, range(64), 1, border) == 1
    assert [await kept(world, id) is None for id in ids] == [True, False, False]
    assert (await world.delivery(ids[0])).attempts == 1, "the delivery stays"


async def test_what_no_text_may_hold_is_kept_as_it_was_sent(world: World) -> None:
    world.templates["text"] = "---\nchannel: sms\nformat: text\n---\nHi {{ customer.first_name }}\n"
    world.settings = {"channels": {"sms": {"provider": "mailbox"}}}
    await world.publish()
    ada = await world.person("ada", {"first_name": "A\0d\U0001f600", "phone": "+14155550123"})
    id = await world.plan(ada, "text")
    assert len((await world.claim()).handouts) == 1
    assert (await a_copy(world, id)).text == "Hi A\0d\U0001f600"


async def test_whoever_else_looks_at_a_message_clicks_for_nobody(world: World) -> None:
    await world.publish()
    id = await world.plan(await world.person("ada"), "welcome")
    await world.claim()
    html = (await a_copy(world, id)).html
    assert html.count("/t/c/") == 1
    assert html.count("/t/o/") == 1
    shown = harmless(html, SECRET, is_html=True)
    assert "/t/" not in shown
    assert 'href="https://example.com/start?a=1&amp;b=2"' in shown
    assert harmless(html, b"x" * 32, is_html=True) == html, "only what is ours is taken for ours"
