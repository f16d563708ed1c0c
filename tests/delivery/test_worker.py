"""The deliver worker on a real database and real mail servers: each mail once, whatever answers, breaks or dies."""

import asyncio
import os
import signal
import sys
from collections import Counter
from collections.abc import Iterable

import pytest
from aiosmtpd.smtp import Envelope

from tests.channels.servers import fcm, twilio
from tests.channels.servers.http import Request, Response
from tests.channels.servers.http import serving as http_serving
from tests.channels.servers.smtp import CUT, Script, serving
from tests.delivery.post import Post, taking
from tests.delivery.sink import Sink
from tests.delivery.world import BASE, HERE, World, device
from tests.processor.cutting import way
from tidings.channels.guard import Guard
from tidings.channels.provider import Means
from tidings.channels.webhook.http import signature
from tidings.database.pool import open_pool
from tidings.delivery import store
from tidings.delivery.clock import wall_clock
from tidings.delivery.delivery import Cancel, Noted
from tidings.delivery.store import read_sends
from tidings.delivery.worker import Worker
from tidings.kernel.ids import show
from tidings.kernel.records import SYSTEM, Consent, Device, Receipt, Record, home
from tidings.kernel.times import HOUR, SECOND


class Clock:
    """The wall's clock, which a test may put forward."""

    ahead = 0

    def __call__(self) -> int:
        return wall_clock() + self.ahead


def receipts(records: Iterable[Record]) -> list[tuple[str, str]]:
    return [(r.body.delivery, r.body.metric) for r in records if isinstance(r.body, Receipt)]


async def again(world: World, clock: Clock) -> None:
    """An hour later."""
    clock.ahead += HOUR
    async with world.database.pool.acquire() as connection:
        await store.wake(connection)


async def published(world: World, post: Post, **more: object) -> bytes:
    world.sender = post.settings | more
    await world.publish()
    return await world.person("ada")


async def test_a_worker_that_cannot_write_results_sends_no_more(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    async def broken(*_: object) -> None:
        raise RuntimeError("no results")

    async with taking() as post:
        person = await published(world, post)
        worker = Worker(world.database.pool, world.database.url, BASE, means=HERE)
        monkeypatch.setattr(worker._results, "_commit", broken)
        running = asyncio.create_task(worker.run())
        try:
            await world.plan(person)
            async with asyncio.timeout(20):
                with pytest.raises(RuntimeError, match="no results"):
                    await running
        finally:
            running.cancel()


async def test_from_a_planned_row_to_bytes_at_the_server_and_back_into_the_log(world: World) -> None:
    async with taking() as post:
        person = await published(world, post)
        async with world.working():
            id = await world.plan(person)
            found = await world.until(id, "sent")
    (mail,) = post.mails
    assert (mail["To"], mail["Subject"]) == ("ada@example.com", "Hello Ada")
    assert post.envelopes[0].mail_from == "hello@example.com"
    assert "Hi Ada" in mail.get_body(("plain",)).get_content()
    assert (found.provider_id, found.attempts, found.unknown_since, found.reason) == ("Q1AB", 1, None, "")
    assert found.sent_at == found.settled is not None
    (record,) = await world.log()
    assert isinstance(record.body, Receipt)
    assert (record.trust, record.workspace, home(record)) == (SYSTEM, 1, 5)
    assert (record.body.delivery, record.body.metric) == (id, "sent")
    assert record.body.detail == {"recipient": "ada@example.com"}
    async with world.database.pool.acquire() as connection:
        owners = await store.record(connection, [Noted(id, "sent", record.time, record.body.detail, record.trust)])
        assert owners[id].person == person
    assert (await world.delivery(id)).sent_at == found.sent_at, "the record says what the row says already"


async def test_what_is_put_off_is_tried_again_later_and_is_the_same_mail(world: World) -> None:
    clock = Clock()
    async with taking() as post:
        seen: list[bytes] = []

        def busy(envelope: Envelope) -> str:
            assert isinstance(envelope.content, bytes)
            seen.append(envelope.content)
            return "451 4.3.2 come back later"

        post.answers = [busy, busy]
        person = await published(world, post)
        async with world.working(clock=clock):
            id = await world.plan(person, expires=0)
            for attempt in (1, 2):
                found = await world.when(id, lambda d, n=attempt: d.attempts == n and d.state == "planned")
                assert found.reason.startswith(f"attempt {attempt}: the server put the message off: 451")
                assert found.next_attempt > wall_clock()
                await again(world, clock)
            await world.until(id, "sent")
    assert receipts(await world.log()) == [(id, "sent")]
    assert len(post.mails) == 1
    assert all(post.mails[0]["Message-ID"].encode() in data for data in seen)


async def test_what_is_put_off_for_too_long_is_given_up(world: World) -> None:
    clock = Clock()
    async with taking() as post:
        post.recipients["ada@example.com"] = "450 4.2.1 mailbox busy"
        person = await published(world, post)
        async with world.working(clock=clock):
            id = await world.plan(person, expires=wall_clock() + 2 * HOUR)
            await world.when(id, lambda d: d.attempts == 1 and d.state == "planned")
            await again(world, clock)
            await world.when(id, lambda d: d.attempts == 2 and d.state == "planned")
            await again(world, clock)
            found = await world.until(id, "failed", "refused")
    assert found.state == "refused"
    assert found.reason.startswith("expired")


async def test_a_refused_recipient_bounces_and_is_suppressed_by_the_record_of_it(world: World) -> None:
    async with taking() as post:
        post.recipients["ada@example.com"] = "550 5.1.1 no such user"
        world.settings = {"limits": {"marketing": "1 per 7 days"}}
        person = await published(world, post)
        async with world.working():
            id = await world.plan(person)
            found = await world.until(id, "bounced")
            assert "no such user" in found.reason
            (record,) = await world.log()
            assert isinstance(record.body, Receipt)
            assert (record.body.metric, record.body.detail["permanent"]) == ("bounced", True)
            (sends,) = await world.database.fetch("SELECT recent FROM sends")
            assert read_sends(sends[0]) == [], "what was not sent does not count"
            async with world.database.pool.acquire() as connection:
                await store.record(connection, [Noted(id, "bounced", record.time, record.body.detail, record.trust)])
            following = await world.until(await world.plan(person), "refused")
    assert following.reason.startswith("the address is suppressed: bounced: ")
    assert post.mails == []


async def test_a_refused_message_fails_and_its_recipient_is_not_to_blame(world: World) -> None:
    async with taking() as post:
        post.answers = [lambda _: "554 5.6.0 we do not like it"]
        person = await published(world, post)
        async with world.working():
            found = await world.until(await world.plan(person), "failed")
            assert "we do not like it" in found.reason
            await world.until(await world.plan(person), "sent")


async def test_a_server_that_is_not_there_is_waited_for(world: World) -> None:
    clock = Clock()
    async with taking() as gone:
        port = gone.port
    world.sender = {"provider": "smtp", "host": "127.0.0.1", "port": port, "security": "none"}
    await world.publish()
    person = await world.person("ada")
    async with world.working(clock=clock):
        id = await world.plan(person)
        found = await world.when(id, lambda d: d.attempts == 1 and d.state == "planned")
        assert "no connection to 127.0.0.1" in found.reason
        async with taking() as post:
            world.sender = post.settings
            await world.publish()
            await again(world, clock)
            await world.until(id, "sent")


async def test_a_missing_password_is_waited_for_and_named(world: World) -> None:
    async with taking() as post:
        person = await published(
            world, post, username="ada", password_env="TIDINGS_SECRET_SMTP", security="starttls", trust=""
        )
        async with world.working(means=Means(environ={})):
            found = await world.when(await world.plan(person), lambda d: d.attempts == 1 and d.state == "planned")
    assert "TIDINGS_SECRET_SMTP is not set" in found.reason


@pytest.mark.parametrize("stage", ["greeting", "mail", "rcpt", "data"])
async def test_a_connection_lost_before_the_mail_left_means_it_was_not_taken(world: World, stage: str) -> None:
    clock = Clock()
    async with serving(Script(replies={stage: CUT})) as script:
        world.sender = {"provider": "smtp", "host": "127.0.0.1", "port": script.port, "security": "none"}
        await world.publish()
        person = await world.person("ada")
        async with world.working(clock=clock):
            id = await world.plan(person)
            await world.when(id, lambda d: d.attempts == 1 and d.state == "planned")
            script.replies.clear()
            await again(world, clock)
            await world.until(id, "sent")
    assert len(script.mails) == 1


async def test_a_connection_lost_in_the_middle_of_a_mail_that_must_arrive(world: World) -> None:
    clock = Clock()
    async with serving(Script(body=200)) as script:
        world.sender = {"provider": "smtp", "host": "127.0.0.1", "port": script.port, "security": "none"}
        world.templates["receipt"] += "<p>long</p>" * 20_000
        await world.publish()
        person = await world.person("ada")
        async with world.working(clock=clock):
            id = await world.plan(person, "receipt", sure=True, expires=0)
            await world.when(id, lambda d: d.attempts == 1 and d.state == "planned")
            script.body = None
            await again(world, clock)
            await world.until(id, "sent")
    assert len(script.mails) == 1


@pytest.mark.parametrize("name", ["welcome", "receipt"])
async def test_a_connection_lost_after_the_dot_follows_the_policy(world: World, name: str) -> None:
    clock = Clock()
    async with serving(Script(replies={"end": [CUT, "250 2.0.0 Ok: queued as B2"]})) as script:
        world.sender = {"provider": "smtp", "host": "127.0.0.1", "port": script.port, "security": "none"}
        await world.publish()
        person = await world.person("ada")
        sure = name == "receipt"
        async with world.working(clock=clock):
            id = await world.plan(person, name, sure=sure)
            if sure:
                await world.when(id, lambda d: d.attempts == 1 and d.state == "planned")
                await again(world, clock)
                assert (await world.until(id, "sent")).attempts == 2
            else:
                found = await world.until(id, "unknown")
                assert found.reason.endswith("it is sent at most once")
                assert receipts(await world.log()) == [(id, "unknown")]
    assert script.dots == (2 if sure else 1)


async def test_workers_share_what_there_is_and_each_mail_goes_once(world: World) -> None:
    async with Sink(keep=True) as sink:
        world.sender = {"provider": "smtp", "host": "127.0.0.1", "port": sink.port, "security": "none"}
        await world.publish()
        people = [await world.person(f"p{n}") for n in range(400)]
        async with world.working(batch=20, full=40) as one, world.working(batch=20, full=40) as two:
            async with asyncio.timeout(60):
                ids = await world.plan_many(people)
                await sink.until(400)
            for id in ids:
                await world.until(id, "sent")
            by = Counter(row[0] for row in await world.database.fetch("SELECT claimed_by FROM deliveries"))
    assert set(by) == {one.id, two.id}, "both had a share"
    found = Counter(line for mail in sink.mails for line in mail.split(b"\r\n") if line.startswith(b"To: "))
    assert len(found) == 400
    assert set(found.values()) == {1}
    assert Counter(receipts(await world.log())) == Counter((id, "sent") for id in ids)


async def test_a_cap_holds_however_many_workers_there_are(world: World) -> None:
    """No two deliveries for one person both read "one of two"."""
    async with Sink(keep=True) as sink:
        world.sender = {"provider": "smtp", "host": "127.0.0.1", "port": sink.port, "security": "none"}
        world.settings = {"limits": {"marketing": "2 per 7 days"}}
        await world.publish()
        people = [await world.person(f"p{n}") for n in range(20)]
        ids = await world.plan_many(people * 5)
        async with world.working(batch=7), world.working(batch=7), world.working(batch=7):
            ends = [await world.until(id, "sent", "refused") for id in ids]
    sent = Counter(end.person for end in ends if end.state == "sent")
    assert sent == Counter(dict.fromkeys(people, 2))
    found = Counter(line for mail in sink.mails for line in mail.split(b"\r\n") if line.startswith(b"To: "))
    assert set(found.values()) == {2}
    assert all("the cap marketing: 2 per 7 days" in end.reason for end in ends if end.state == "refused")


@pytest.mark.parametrize("sure", [True, False])
async def test_a_worker_killed_inside_the_window(world: World, sure: bool) -> None:
    """SIGKILL between the mail's last byte and its answer: whether it was taken nobody knows, and the message's policy decides."""
    own = {"TIDINGS_DATABASE_URL": world.database.url, "TIDINGS_MAIL_NETWORKS": "127.0.0.1"}
    held, taken = asyncio.Event(), asyncio.Event()

    async def hang(envelope: Envelope) -> str:
        held.set()
        await taken.wait()
        return "250 too late"

    async with taking() as post:
        post.answers = [hang]
        person = await published(world, post, timeout=30.0)
        id = await world.plan(person, "receipt", sure=sure, expires=0)
        process = await asyncio.create_subprocess_exec(
            sys.executable, "-m", "tidings.app.deliver", env=os.environ | own
        )
        try:
            async with asyncio.timeout(30):
                await held.wait()
            before = await world.delivery(id)
            assert (before.state, before.attempts) == ("attempting", 1)
            assert before.unknown_since is not None
        finally:
            process.send_signal(signal.SIGKILL)
            await process.wait()
        async with world.working():
            found = await world.until(id, "sent", "unknown")
        taken.set()
    if sure:
        assert (found.state, found.attempts) == ("sent", 2)
        assert receipts(await world.log()) == [(id, "sent")]
    else:
        assert (found.state, found.attempts) == ("unknown", 1)
        assert found.reason == (
            "the worker that sent it is gone, so whether it went out is not known; it is sent at most once"
        )
        assert receipts(await world.log()) == [(id, "unknown")]
        assert found.unknown_since == before.unknown_since, "the window stays on record"


async def test_a_session_that_was_ended_is_opened_again(world: World) -> None:
    async with taking() as post:
        person = await published(world, post)
        async with world.working() as worker:
            first = worker.id
            worker.ready.clear()
            await world.database.execute(
                "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'tidings deliver'"
            )
            async with asyncio.timeout(60):
                await worker.ready.wait()
            assert worker.id == first, "its attempts are its own still"
            await world.until(await world.plan(person), "sent")


async def test_stopping_finishes_what_was_handed_out(world: World) -> None:
    held, go = asyncio.Event(), asyncio.Event()

    async def slow(envelope: Envelope) -> str:
        held.set()
        await go.wait()
        return "250 2.0.0 Ok: queued as S9"

    async with taking() as post:
        post.answers = [slow]
        person = await published(world, post)
        async with world.working() as worker:
            id = await world.plan(person)
            async with asyncio.timeout(60):
                await held.wait()
            worker.stop()
            go.set()
        assert (await world.delivery(id)).state == "sent"


async def test_what_is_cancelled_before_its_claim_is_not_sent(world: World) -> None:
    clock = Clock()
    async with taking() as post:
        person = await published(world, post)
        now = wall_clock()
        one, other = [await world.plan(person, due=now + HOUR, expires=0) for _ in range(2)]
        async with world.working(clock=clock):
            async with world.database.pool.acquire() as connection:
                await store.cancel(connection, [Cancel(5, person, None, "the run ended", now)])
            await again(world, clock)
            await world.until(await world.plan(person, expires=0), "sent")
        assert len(post.mails) == 1
        assert [(await world.delivery(id)).state for id in (one, other)] == ["cancelled", "cancelled"]


async def test_who_is_deleted_meanwhile_leaves_no_trace(world: World) -> None:
    held, go = asyncio.Event(), asyncio.Event()

    async def slow(envelope: Envelope) -> str:
        held.set()
        await go.wait()
        return "250 OK"

    async with taking() as post:
        post.answers = [slow]
        person = await published(world, post)
        async with world.working():
            await world.plan(person)
            async with asyncio.timeout(60):
                await held.wait()
            async with world.database.pool.acquire() as connection:
                await store.delete(connection, [(5, person)])
            go.set()
    assert await world.log() == []
    assert await world.database.fetchval("SELECT count(*) FROM deliveries") == 0


async def test_a_provider_that_knows_of_a_stop_is_believed(world: World) -> None:
    server = twilio.Twilio(unsubscribed={"+14155550123"})
    async with http_serving(server) as url:
        world.settings = {
            "channels": {
                "sms": {
                    "provider": "twilio",
                    "account_sid": twilio.ACCOUNT,
                    "auth_token_env": "TIDINGS_SECRET_SMS",
                    "sender": "+14155550100",
                    "url": url,
                }
            }
        }
        await world.publish()
        person = await world.person("ada", {"first_name": "A", "phone": "+14155550123"})
        means = Means(guard=Guard(allow=("127.0.0.0/8",)), environ={"TIDINGS_SECRET_SMS": twilio.TOKEN})
        async with world.working(means=means):
            await world.until(await world.plan(person, "text"), "bounced")
    bounce, said = await world.log()
    assert isinstance(bounce.body, Receipt)
    assert bounce.body.detail["permanent"] is False
    assert isinstance(said.body, Consent)
    assert (said.body.channels, said.body.how, said.who[0][0]) == ({"sms": False}, "told by twilio", "cio_id")


async def test_a_text_says_how_many_segments_it_made(world: World) -> None:
    async with http_serving(twilio.Twilio()) as url:
        world.settings = {
            "channels": {
                "sms": {
                    "provider": "twilio",
                    "account_sid": twilio.ACCOUNT,
                    "auth_token_env": "TIDINGS_SECRET_TOKEN",
                    "sender": "+14155550100",
                    "url": url,
                }
            }
        }
        await world.publish()
        person = await world.person("ada", {"first_name": "A" * 160, "phone": "+14155550123"})
        means = Means(guard=Guard(allow=("127.0.0.0/8",)), environ={"TIDINGS_SECRET_TOKEN": twilio.TOKEN})
        async with world.working(means=means):
            found = await world.until(await world.plan(person, "text"), "sent")
    assert found.reason == "2 segments"
    (sent,) = await world.log()
    assert isinstance(sent.body, Receipt)
    assert (sent.body.detail["segments"], sent.body.detail.get("reason")) == (2, None)


async def test_a_device_that_is_no_more_is_taken_from_its_person(world: World) -> None:
    server = fcm.Fcm(now=wall_clock() // SECOND + 60, unregistered={"gone"})  # it may be asked a while after this
    async with http_serving(server) as url:
        world.settings = {
            "channels": {"push": {"provider": "fcm", "credentials_env": "TIDINGS_SECRET_PUSH", "url": url}}
        }
        await world.publish()
        person = await world.person("ada", devices=[device("here"), device("gone")])
        means = Means(guard=Guard(allow=("127.0.0.0/8",)), environ={"TIDINGS_SECRET_PUSH": fcm.credentials(url)})
        async with world.working(means=means):
            await world.until(await world.plan(person, "nudge"), "sent")
    assert [message["token"] for message in server.messages] == ["here"]
    sent, gone = await world.log()
    assert isinstance(sent.body, Receipt)
    assert sent.body.detail["devices"] == 1
    assert (gone.body, gone.who) == (Device("gone", gone=True), (("cio_id", show(person)),))


async def test_a_webhook_is_signed_and_reaches_nothing_of_ours(world: World) -> None:
    requests: list[Request] = []

    def answer(request: Request) -> Response:
        requests.append(request)
        return Response(200)

    async with http_serving(answer) as url:
        world.settings = {"channels": {"webhook": {"provider": "http", "secret_env": "TIDINGS_SECRET_HOOK"}}}
        await world.publish()
        person = await world.person("ada", {"first_name": "Ada", "hook": f"{url}/hook"})
        async with world.working():
            id = await world.plan(person, "hook")
            await world.until(id, "sent")
        async with world.working(means=Means(environ={"TIDINGS_SECRET_HOOK": "hush"})):
            found = await world.until(await world.plan(person, "hook"), "failed")
    assert "may not be reached" in found.reason
    (request,) = requests
    assert (request.body, request.headers["x-tidings-delivery"]) == (b'{"who": "Ada"}\n', id)
    stamp = request.headers["x-tidings-timestamp"]
    assert request.headers["x-tidings-signature"] == signature("hush", stamp, request.body)


async def test_a_server_that_hangs_holds_up_no_other_channel(world: World) -> None:
    go = asyncio.Event()

    async def hang(envelope: Envelope) -> str:
        await go.wait()
        return "250 2.0.0 Ok"

    async with taking() as post:
        post.answers = [hang] * 8
        world.settings = {"channels": {"sms": {"provider": "mailbox"}}}
        await published(world, post, timeout=30.0)
        person = await world.person("ada", {"first_name": "A", "phone": "+14155550123"})
        async with world.working(batch=5, full=8):
            mails = await world.plan_many([person] * 30)
            texts = await world.plan_many([person] * 30, "text")
            try:
                for id in texts:
                    await world.until(id, "sent")
                states = Counter([(await world.delivery(id)).state for id in mails])
                assert states == {"attempting": 8, "planned": 22}
            finally:
                go.set()
            for id in mails:
                await world.until(id, "sent")
    assert len(post.mails) == 30


async def test_what_was_claimed_by_a_commit_without_an_answer_goes_out_at_once_and_once(world: World) -> None:
    async with taking() as post, way(world.database.url) as through:
        person = await published(world, post)
        pool = await open_pool(through.url, smallest=0)
        worker = Worker(pool, through.url, BASE, means=Means(guard=Guard(allow=("127.0.0.0/8",))))
        running = asyncio.create_task(worker.run())
        await worker.ready.wait()
        await world.until(await world.plan(person), "sent")
        through.cut_commits = 1
        id = await world.plan(person)
        found = await world.until(id, "sent", "unknown")
        assert through.cut_commits == 0
        assert (found.state, found.attempts) == ("sent", 1)
        worker.stop()
        await running
        pool.terminate()
    assert len(post.mails) == 2


async def test_a_worker_that_is_cut_off_while_it_sends_does_not_take_itself_for_dead(world: World) -> None:
    async with taking() as post:
        person = await published(world, post)
        others = []

        async def cut(_: Envelope) -> str:
            await world.database.execute(
                "SELECT pg_terminate_backend(pid, 5000) FROM pg_stat_activity WHERE application_name = 'tidings deliver'"
            )
            others.append(await world.plan(person, "receipt"))
            await world.until(others[0], "sent")  # by then it has looked who is gone
            return "250 2.0.0 Ok: queued as Q1AB"

        post.answers = [cut]
        async with world.working():
            id = await world.plan(person, "receipt")
            found = await world.until(id, "sent")
    assert (len(post.mails), found.attempts) == (2, 1)
