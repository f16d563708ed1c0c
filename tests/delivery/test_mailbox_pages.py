"""The mailbox in the browser: what is listed, found and shown, and what a message may not do."""

from collections.abc import AsyncIterator
from html.parser import HTMLParser

import httpx
import pytest

from tests.conftest import Database
from tidings.channels import mailbox
from tidings.channels.provider import Outgoing, Recipient
from tidings.delivery.mailbox_pages import framed, make_mailbox

HOSTILE = '<!doctype html><html><head><title>x</title></head><body><script>alert(1)</script><img src="http://evil/p.png"></body></html>'


@pytest.fixture
async def ids(database: Database) -> list[int]:
    await database.execute("INSERT INTO workspaces (name, secret) VALUES ('production', $1)", b"s" * 32)
    one = Outgoing(
        delivery="d",
        workspace=1,
        channel="email",
        recipients=(Recipient("ada@example.com"),),
        subject="Hello <b>Ada</b>",
        text="Plain words",
        html=HOSTILE,
        message=b"Subject: Hello\r\nX-Mark: one\r\n\r\nbody",
    )
    two = Outgoing(
        delivery="e",
        workspace=1,
        channel="sms",
        recipients=(Recipient("+14155550123"),),
        text="<i>Your</i> parcel",
        fields={"from": "Acme"},
    )
    return await mailbox.keep(database.pool, [one, two])


@pytest.fixture
async def client(database: Database) -> AsyncIterator[httpx.AsyncClient]:
    transport = httpx.ASGITransport(app=make_mailbox(database.pool))
    async with httpx.AsyncClient(transport=transport, base_url="http://tidings") as client:
        yield client


async def test_it_is_one_workspaces_or_everyones(database: Database, ids: list[int]) -> None:
    for workspace, shown in ((None, True), (1, True), (2, False)):
        transport = httpx.ASGITransport(app=make_mailbox(database.pool, workspace))
        async with httpx.AsyncClient(transport=transport, base_url="http://tidings") as client:
            assert ("ada@example.com" in (await client.get("/mailbox")).text) is shown
            assert ((await client.get(f"/mailbox/{ids[0]}")).status_code == 200) is shown


async def test_an_address_in_a_text_can_be_followed_and_nothing_else_comes_of_it(
    database: Database, client: httpx.AsyncClient, ids: list[int]
) -> None:
    text = 'Open https://acme.example/confirm#+a/b?x=1&y=2, or "https://evil.example/"onclick=alert(1)> or javascript:alert(1).'
    to = (Recipient("ada@example.com"),)
    made = Outgoing(delivery="f", workspace=1, channel="email", recipients=to, subject="x", text=text)
    (id,) = await mailbox.keep(database.pool, [made])
    page = (await client.get(f"/mailbox/{id}", params={"view": "text"})).text
    told = page[page.index("Open <a") :].partition("javascript:")[0]
    assert told == (
        'Open <a href="https://acme.example/confirm#+a/b?x=1&amp;y=2" target="_blank" rel="noopener noreferrer">'
        "https://acme.example/confirm#+a/b?x=1&amp;y=2</a>, or &quot;"
        '<a href="https://evil.example/" target="_blank" rel="noopener noreferrer">https://evil.example/</a>'
        "&quot;onclick=alert(1)&gt; or "
    )


async def test_the_list_is_newest_first_and_searched(client: httpx.AsyncClient, ids: list[int]) -> None:
    page = (await client.get("/mailbox")).text
    assert page.index("+14155550123") < page.index("ada@example.com")
    found = (await client.get("/mailbox", params={"q": "parcel"})).text
    assert "+14155550123" in found
    assert "ada@example.com" not in found
    assert "ada@example.com" not in (await client.get("/mailbox", params={"channel": "sms"})).text
    assert "Nothing matches" in (await client.get("/mailbox", params={"q": "zebra"})).text


async def test_older_messages_are_a_page_away(client: httpx.AsyncClient, database: Database, ids: list[int]) -> None:
    many = [
        Outgoing(
            delivery="d", workspace=1, channel="sms", recipients=(Recipient(f"+1415555{n:04}"),), text=f"number {n}"
        )
        for n in range(60)
    ]
    await mailbox.keep(database.pool, many)
    first = (await client.get("/mailbox")).text
    assert "number 59" in first
    assert "ada@example.com" not in first
    cursor = first.split("before=")[1].split('"')[0]
    second = (await client.get("/mailbox", params={"before": cursor})).text
    assert "ada@example.com" in second
    assert "number 59" not in second


async def test_what_people_wrote_is_text_not_markup(client: httpx.AsyncClient, ids: list[int]) -> None:
    page = (await client.get(f"/mailbox/{ids[0]}")).text
    assert "Hello &lt;b&gt;Ada&lt;/b&gt;" in page
    assert "<script" not in page
    sms = (await client.get(f"/mailbox/{ids[1]}")).text
    assert "&lt;i&gt;Your&lt;/i&gt; parcel" in sms
    assert "Acme" in sms


async def test_a_message_runs_nothing_and_loads_images_only_when_asked(
    client: httpx.AsyncClient, ids: list[int]
) -> None:
    frame = await client.get(f"/mailbox/{ids[0]}/frame")
    rules = frame.headers["content-security-policy"]
    assert "default-src 'none'" in rules
    assert "sandbox" in rules
    assert "allow-scripts" not in rules
    assert "allow-same-origin" not in rules
    assert "http:" not in rules
    assert frame.text.startswith("<!doctype html><html><head><base")
    asked = await client.get(f"/mailbox/{ids[0]}/frame", params={"images": "on"})
    assert "img-src http: https: data:" in asked.headers["content-security-policy"]


@pytest.mark.parametrize(
    "hint",
    [
        '<link rel="preconnect" href="//ada.evil.example">',
        "<LINK/rel=dns-prefetch href=//ada.evil.example>",
        "<link\nrel=prefetch href=//ada.evil.example />",
        "<svg><link\frel=preconnect href=//ada.evil.example></svg>",
        "<link>",
    ],
)
@pytest.mark.parametrize("around", ["{}", "<!doctype html><html><head>{}</head><body>A linkage</body></html>"])
def test_a_message_hints_at_no_host_to_look_up(hint: str, around: str) -> None:
    found: list[str] = []

    class Reads(HTMLParser):
        def handle_starttag(self, tag: str, attrs: object) -> None:
            found.append(tag)

    reads = Reads()
    reads.feed(around.format(hint))
    assert "link" in found, "so it would be noticed"
    found.clear()
    page, fields = framed(around.format(hint), True, ())
    reads.feed(page.decode())
    assert "link" not in found
    assert "base" in found
    assert fields["x-dns-prefetch-control"] == "off"
    assert b"A linkage" in page or around == "{}"


async def test_headers_are_shown_as_they_were_written(client: httpx.AsyncClient, ids: list[int]) -> None:
    page = (await client.get(f"/mailbox/{ids[0]}", params={"view": "headers"})).text
    assert "X-Mark" in page
    assert "body" in page


@pytest.mark.parametrize("path", ["/mailbox/999999", "/mailbox/x", "/mailbox/1/other", "/mailbox/99999999999999999999"])
async def test_what_is_not_there_says_so(client: httpx.AsyncClient, ids: list[int], path: str) -> None:
    assert (await client.get(path)).status_code == 404


async def test_an_empty_mailbox_says_how_to_fill_it(client: httpx.AsyncClient) -> None:
    page = (await client.get("/mailbox")).text
    assert "The mailbox is empty" in page
    assert "curl -u WRITE_KEY: http://tidings/v1/track" in page
    assert 'http-equiv="refresh"' in page
    found = (await client.get("/mailbox", params={"q": "zebra"})).text
    assert "Nothing matches" in found
    assert "refresh" not in found


async def test_a_text_has_no_headers_and_is_called_by_its_beginning(client: httpx.AsyncClient, ids: list[int]) -> None:
    page = (await client.get(f"/mailbox/{ids[1]}")).text
    assert "<h1>&lt;i&gt;Your&lt;/i&gt; parcel</h1>" in page
    assert "view=headers" not in page
    assert "view=headers" in (await client.get(f"/mailbox/{ids[0]}")).text


async def test_the_headers_of_a_webhook_are_its_own(client: httpx.AsyncClient, database: Database) -> None:
    hook = Outgoing(
        delivery="h",
        workspace=1,
        channel="webhook",
        recipients=(Recipient("https://e.x/"),),
        headers={"Content-Type": "application/json"},
        message=b'{"a": 1}',
        text='{"a": 1}',
    )
    (id,) = await mailbox.keep(database.pool, [hook])
    page = (await client.get(f"/mailbox/{id}", params={"view": "headers"})).text
    assert "<th scope=row>Content-Type</th><td>application/json</td>" in page
