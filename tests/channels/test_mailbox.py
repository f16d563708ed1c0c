"""The mailbox keeps what would have been sent, for every channel, and finds it again."""

import msgspec

from tests.conftest import Database
from tidings.channels import mailbox, registry
from tidings.channels.mailbox import MailboxSettings
from tidings.channels.provider import Accepted, Means, Outgoing, Recipient


def mail(n: int, **more: object) -> Outgoing:
    given: dict[str, object] = {"text": f"number {n}", "subject": "Hello", "channel": "email"} | more
    recipients = (Recipient(f"p{n}@example.com"),)
    return msgspec.convert({"delivery": f"d{n}", "workspace": 1, "recipients": recipients} | given, Outgoing)


async def test_each_channel_has_it_and_one_row_stands_for_each_recipient(database: Database) -> None:
    for name, channel in registry().items():
        provider = channel.providers["mailbox"]
        async with provider.open(provider.Settings(), Means(pool=database.pool)) as sender:
            devices = (Recipient("one"), Recipient("two"))
            outcomes = await sender.send_many(
                [mail(1, channel=name), mail(2, channel=name, recipients=devices), mail(3, channel=name)]
            )
        assert all(isinstance(outcome, Accepted) for outcome in outcomes)
        page = await mailbox.search(database.pool, 1, channel=name)
        assert [each.recipient for each in page.messages] == ["p3@example.com", "two", "one", "p1@example.com"]
        kept = await mailbox.read(database.pool, 1, int(outcomes[2].provider_id))  # type: ignore[union-attr]
        assert kept is not None
        assert kept.delivery == "d3"


async def test_words_are_searched_as_they_are_written(database: Database) -> None:
    await mailbox.keep(
        database.pool,
        [mail(1, text="50% off_now"), mail(2, text="50 of now"), mail(3, subject="Grüße"), mail(4, workspace=2)],
    )

    async def found(query: str) -> list[str]:
        return [each.recipient for each in (await mailbox.search(database.pool, 1, query)).messages]

    assert await found("50%") == ["p1@example.com"]
    assert await found("off_now") == ["p1@example.com"]
    assert await found("GRÜSSE") == []
    assert await found("grüße number") == ["p3@example.com"]
    assert await found("p2@ now") == ["p2@example.com"]
    assert len(await found("")) == 3, "another workspace's stay its own"
    assert await found("\0") == []
    await mailbox.keep(database.pool, [mail(5, text="go https://x.test/t/c/AbKiMx-9/ now")])
    assert await found("kim") == []
    assert await found("x.test now") == ["p5@example.com"]


async def test_pages_follow_each_other_and_old_ones_go(database: Database) -> None:
    await mailbox.keep(database.pool, [mail(n) for n in range(25)])
    seen, cursor = [], None
    while True:
        page = await mailbox.search(database.pool, 1, cursor=cursor, limit=10)
        seen += [each.delivery for each in page.messages]
        cursor = page.cursor
        if cursor is None:
            break
    assert seen == [f"d{n}" for n in reversed(range(25))]
    assert await mailbox.clear(database.pool, 1, newest=5) == 20
    assert [each.delivery for each in (await mailbox.search(database.pool, 1)).messages] == [
        f"d{n}" for n in (24, 23, 22, 21, 20)
    ]


async def test_it_holds_no_more_than_it_was_told(database: Database) -> None:
    provider = registry()["email"].providers["mailbox"]
    async with provider.open(MailboxSettings(newest=100), Means(pool=database.pool)) as sender:
        for start in range(0, 1000, 100):
            await sender.send_many([mail(n) for n in range(start, start + 100)])
    assert await database.fetchval("SELECT count(*) FROM mailbox") <= 600


async def test_whatever_is_in_it_can_be_kept_and_read(database: Database) -> None:
    odd = "a\0b\ud800c"
    (id,) = await mailbox.keep(
        database.pool,
        [
            mail(
                1,
                subject=odd,
                text=odd,
                html=odd,
                fields={"k\0": [odd, {"x": odd}]},
                message=b"Subject: =?utf-8?b?4pyT?=\r\n\r\n\xff",
            )
        ],
    )
    kept = await mailbox.read(database.pool, 1, id)
    assert kept is not None
    assert kept.text == "a\N{REPLACEMENT CHARACTER}b?c"
    assert kept.headers == [("Subject", "✓")]
    assert await mailbox.read(database.pool, 2, id) is None
