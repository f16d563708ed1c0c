"""The pages behind a message's links: what each records, what it shows, and what strangers can't do with it."""

import email
import email.policy
import re
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from html import unescape

import httpx
import pytest

from tests.channels.servers.twilio import ACCOUNT, TOKEN, signed
from tests.delivery.world import BASE, SECRET, World, consent
from tidings.channels.provider import Means, Outgoing
from tidings.database.pool import open_pool
from tidings.delivery import looks
from tidings.delivery.links import Links
from tidings.delivery.pages import PIXEL, make_pages
from tidings.delivery.reports import receipt
from tidings.kernel.ids import read_delivery, show
from tidings.kernel.records import SYSTEM, Consent, Receipt, Record, decode

READER = {"user-agent": "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 Chrome/142.0 Safari/537.36"}


@dataclass
class Site:
    """The pages, and what they recorded."""

    world: World
    client: httpx.AsyncClient
    records: list[Record] = field(default_factory=list)
    person: bytes = b""
    delivery: str = ""
    outgoing: Outgoing | None = None

    async def send(self, template: str = "welcome", **more: object) -> "Site":
        """Compose a message to somebody; its links can then be followed."""
        self.person = await self.world.person("ada", **more)
        self.delivery = await self.world.plan(self.person, template)
        (handout,) = (await self.world.claim()).handouts
        self.outgoing = handout.outgoing
        return self

    def link(self, kind: str) -> str:
        """The address of a link in the message (c, o) or its header (u)."""
        assert self.outgoing is not None
        mail = email.message_from_bytes(self.outgoing.message, policy=email.policy.default)
        text = f"{mail.get_body(('html',)).get_content()} {mail['List-Unsubscribe']}"  # type: ignore[union-attr]
        return unescape(re.search(rf"{BASE}(/t/{kind}/[\w-]+)", text).group(1))  # type: ignore[union-attr]

    def made(self, kind: str) -> str:
        """The address of a link that is not in the message."""
        partition, id = read_delivery(self.delivery) or (0, b"")
        links = Links("", SECRET, 1, partition, id)
        return {"p": links.preferences, "v": links.view, "u": links.unsubscribe}[kind]()


@pytest.fixture
async def site(world: World) -> AsyncIterator[Site]:
    world.settings = {
        "channels": {
            "sms": {
                "provider": "twilio",
                "account_sid": ACCOUNT,
                "auth_token_env": "TIDINGS_SECRET_SMS",
                "sender": "+14155550100",
            }
        }
    }
    await world.publish()
    records: list[Record] = []

    async def append(more: list[Record]) -> None:
        records.extend(more)

    app = make_pages(world.database.pool, append, BASE, means=Means(environ={"TIDINGS_SECRET_SMS": TOKEN}))
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url=BASE, headers=READER) as client:
        yield Site(world, client, records)


async def test_a_report_that_nobody_here_can_check_is_asked_for_again(world: World, site: Site) -> None:
    async def append(more: list[Record]) -> None:
        site.records.extend(more)

    app = make_pages(world.database.pool, append, BASE, means=Means(environ={}))
    async with httpx.AsyncClient(transport=httpx.ASGITransport(app=app), base_url=BASE) as client:
        headers, data = signed(f"{BASE}/webhooks/sms/twilio/1", {"AccountSid": ACCOUNT})
        answer = await client.post("/webhooks/sms/twilio/1", content=data, headers=headers)
    assert (answer.status_code, site.records) == (503, [])


async def test_an_open_is_recorded(site: Site) -> None:
    await site.send()
    answer = await site.client.get(site.link("o"))
    assert (answer.status_code, answer.content, answer.headers["content-type"]) == (200, PIXEL, "image/gif")
    assert "no-store" in answer.headers["cache-control"]
    (record,) = site.records
    assert (record.trust, record.workspace, record.body) == (SYSTEM, 1, Receipt(site.delivery, "opened", {}))
    await site.client.head(site.link("o"))
    assert len(site.records) == 1


@pytest.mark.parametrize(
    ("headers", "hint"),
    [
        ({"user-agent": "Mozilla/5.0"}, {"machine": True}),
        (
            {"user-agent": "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"},
            {"proxied": True},
        ),
        ({"sec-purpose": "prefetch"}, {"machine": True}),
        ({"user-agent": "curl/8.0"}, {"machine": True}),
    ],
)
async def test_a_machine_that_looks_is_marked(site: Site, headers: dict[str, str], hint: dict[str, bool]) -> None:
    await site.send()
    await site.client.get(site.link("o"), headers=headers)
    assert isinstance(site.records[0].body, Receipt)
    assert site.records[0].body.detail == hint


async def test_a_click_is_recorded_and_leads_where_we_said(site: Site) -> None:
    await site.send()
    answer = await site.client.get(site.link("c"))
    assert (answer.status_code, answer.headers["location"]) == (302, "https://example.com/start?a=1&b=2")
    assert site.records[0].body == Receipt(site.delivery, "clicked", {"href": "https://example.com/start?a=1&b=2"})


async def test_nobody_else_can_make_a_link(site: Site) -> None:
    """No open redirect, no opening in another's name, no unsubscribing with the token of a pixel."""
    await site.send()
    partition, id = read_delivery(site.delivery) or (0, b"")
    forged = Links("", b"x" * 32, 1, partition, id).click("https://evil.example/")
    click = site.link("c")
    swapped = [click.replace("/t/c/", f"/t/{kind}/") for kind in "oupv"]
    changed = click[:-1] + ("A" if click[-1] != "A" else "B")
    for path in (forged, changed, *swapped, "/t/c/", "/t/c/%00", "/t/o/aaaa", "/t/x/aaaa", "/t/u/" + "A" * 9000):
        answer = await site.client.get(path)
        assert answer.status_code == 404, path
        assert "location" not in answer.headers
    assert (await site.client.post(site.link("o").replace("/t/o/", "/t/u/"))).status_code == 404
    assert (await site.client.post(site.link("c"))).status_code == 405
    assert site.records == []


async def test_one_link_cannot_fill_the_log(site: Site) -> None:
    await site.send()
    for _ in range(50):
        assert (await site.client.get(site.link("o"))).status_code == 200
    assert len(site.records) == 20


async def test_unsubscribing_asks_first_and_records_who_when_and_where(site: Site) -> None:
    await site.send()
    path = site.link("u")
    page = await site.client.get(path)
    assert "You will no longer receive <b>Product news</b>" in page.text
    assert site.records == [], "mail scanners follow links"
    done = await site.client.post(path)
    assert done.status_code == 200
    assert "You are unsubscribed" in done.text
    receipt, said = site.records
    assert receipt.body == Receipt(site.delivery, "unsubscribed", {"topic": "news", "said": True})
    assert said.body == Consent(None, {"news": False}, how="unsubscribe page", by=site.delivery)
    assert (said.trust, said.who) == (SYSTEM, (("cio_id", show(site.person)),))
    assert said.time > 0


async def test_one_click_as_rfc_8058_has_it(site: Site) -> None:
    """The mail program posts the one field to the very address of the header, without cookies, and follows nothing."""
    await site.send()
    answer = await site.client.post(
        site.link("u"),
        content=b"List-Unsubscribe=One-Click",
        headers={"content-type": "application/x-www-form-urlencoded"},
    )
    assert answer.status_code == 200
    said = site.records[1].body
    assert isinstance(said, Consent)
    assert (said.topics, said.how) == ({"news": False}, "one-click")


async def test_one_click_as_a_multipart_form(site: Site) -> None:
    """RFC 8058 lets the program choose multipart/form-data."""
    await site.send()
    await site.client.post(site.link("u"), files={"List-Unsubscribe": (None, "One-Click")})
    said = site.records[1].body
    assert isinstance(said, Consent)
    assert said.how == "one-click"


async def test_a_message_without_a_topic_unsubscribes_from_everything(site: Site) -> None:
    site.world.templates["plain"] = '---\nsubject: Hi\n---\n<a href="https://example.com/">x</a>'
    await site.world.publish()
    await site.send("plain")
    assert "<b>all</b> our messages" in (await site.client.get(site.link("u"))).text
    await site.client.post(site.link("u"))
    assert site.records[1].body == Consent(True, {}, how="unsubscribe page", by=site.delivery)


async def test_the_preference_page_shows_and_keeps_choices(site: Site) -> None:
    await site.send(consent=consent(topics={"tips": True}))
    path = site.made("p")
    page = (await site.client.get(path)).text
    boxes = re.findall(r'value="(\w+)"( checked)?>', page)
    assert ("news", " checked") in boxes
    assert ("tips", " checked") in boxes
    assert "What is new." in page
    saved = await site.client.post(path, data={"all": "keep", "topic": ["tips"]})
    assert "Your choices are saved" in saved.text
    (record,) = site.records
    assert record.body == Consent(None, {"news": False, "tips": True}, how="preference page", by=site.delivery)
    assert re.findall(r'value="(\w+)" checked', saved.text) == ["tips"]


async def test_leaving_and_coming_back(site: Site) -> None:
    await site.send()
    gone = await site.client.post(site.made("p"), data={"all": "off"})
    assert "You are unsubscribed from everything" in gone.text
    said, receipt = site.records
    assert said.body == Consent(True, {}, how="preference page", by=site.delivery)
    assert receipt.body == Receipt(site.delivery, "unsubscribed", {"said": True})
    site.records.clear()
    back = await site.client.post(site.made("p"), data={"all": "on"})
    assert 'type="checkbox"' in back.text
    assert [record.body for record in site.records] == [Consent(False, {}, how="preference page", by=site.delivery)]


async def test_pages_load_nothing_and_run_nothing(site: Site) -> None:
    await site.send()
    for path in (site.link("u"), site.made("p")):
        answer = await site.client.get(path)
        policy = answer.headers["content-security-policy"]
        assert "default-src 'none'" in policy
        assert "script-src" not in policy
        assert "frame-ancestors 'none'" in policy
        assert answer.headers["referrer-policy"] == "no-referrer"
        assert "<script" not in answer.text
        assert 'lang="en"' in answer.text
        assert "<h1>" in answer.text


async def test_pages_wear_the_brand(site: Site) -> None:
    site.world.settings["brand"] = {
        "name": "Bright & Board",
        "logo": "https://cdn.example.com/logo.png",
        "accent": "#ffdd00",
        "font": "Georgia, serif",
    }
    await site.world.publish()
    await site.send()
    for address in (site.link("u"), site.made("p")):
        page = await site.client.get(address)
        assert '<img src="https://cdn.example.com/logo.png" alt="Bright &amp; Board">' in page.text
        assert "--fill:#ffdd00;--on:#000000" in page.text
        assert "html{font-family:Georgia, serif}" in page.text
        policy = page.headers["content-security-policy"]
        assert policy.endswith("; img-src https://cdn.example.com")
        assert "default-src 'none'" in policy


@pytest.mark.parametrize("accent", ["#ffdd00", "#0f766e", "#ffffff", "#000000", "#7f7f7f", "#ff0055"])
def test_whatever_the_accent_it_can_be_read(accent: str) -> None:
    style = looks.looks({"accent": accent}, {"accent": accent}, BASE).style
    day, night = re.findall(r"--accent:(#\w+)", style)
    (on,) = set(re.findall(r"--on:(#\w+)", style))
    assert contrast(day, "#ffffff") >= 4.5
    assert contrast(night, "#15191f") >= 4.5
    assert contrast(on, accent) >= 4.5


def contrast(one: str, other: str) -> float:
    def light(colour: str) -> float:
        parts = (int(colour[n : n + 2], 16) / 255 for n in (1, 3, 5))
        return sum(
            share * (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4)
            for share, part in zip((0.2126, 0.7152, 0.0722), parts, strict=True)
        )

    return (max(light(one), light(other)) + 0.05) / (min(light(one), light(other)) + 0.05)


async def test_the_message_as_a_page_is_sandboxed(site: Site) -> None:
    site.world.templates["welcome"] = (
        "---\nsubject: x\n---\n<script>alert(1)</script><p>Hi {{ customer.first_name }}</p>"
    )
    await site.world.publish()
    await site.send()
    answer = await site.client.get(site.made("v"))
    assert "Hi Ada" in answer.text
    policy = answer.headers["content-security-policy"]
    assert "sandbox" in policy
    assert "allow-scripts" not in policy
    assert "/t/o/" not in answer.text, "looking at it is not opening the mail"
    again = [(await site.client.get(site.made("v"))).status_code for _ in range(25)]
    assert again == [200] * 19 + [429] * 6, "making it again takes a processor, and whoever has the mail may ask"


async def test_a_message_that_is_gone(site: Site) -> None:
    await site.send()
    await site.world.database.execute("DELETE FROM deliveries")
    assert (await site.client.get(site.made("v"))).status_code == 404
    assert (await site.client.get(site.made("p"))).status_code == 404
    assert (await site.client.post(site.made("u"))).status_code == 200
    assert site.records == []
    assert (await site.client.get(site.link("c"))).status_code == 302, "links in the mail still lead on"


async def test_a_report_is_believed_if_it_is_signed(site: Site) -> None:
    await site.send()
    path = f"/webhooks/sms/twilio/1?delivery={site.delivery}"
    form = {"AccountSid": ACCOUNT, "MessageSid": "SM1", "MessageStatus": "delivered", "To": "+14155550123"}
    headers, data = signed(BASE + path, form)
    assert (await site.client.post(path, content=data, headers=headers)).status_code == 204
    assert site.records[0].body == Receipt(site.delivery, "delivered", {"recipient": "+14155550123"})
    headers, data = signed(BASE + path, form, token="another")
    assert (await site.client.post(path, content=data, headers=headers)).status_code == 403
    for wrong in ("/webhooks/sms/nobody/1", "/webhooks/sms/twilio/9", "/webhooks/sms/twilio/x", "/webhooks/push/fcm/1"):
        assert (await site.client.post(wrong, content=data, headers=headers)).status_code == 404
    assert len(site.records) == 1


async def test_what_happens_once_is_one_record_whoever_tells_it(site: Site) -> None:
    """The worker saw that it was sent; the provider says so too, and again because the answer was lost."""
    await site.send()
    path = f"/webhooks/sms/twilio/1?delivery={site.delivery}"
    for status in ("sent", "sent", "read", "read"):
        form = {"AccountSid": ACCOUNT, "MessageSid": "SM1", "MessageStatus": status, "To": "+14155550123"}
        headers, data = signed(BASE + path, form)
        await site.client.post(path, content=data, headers=headers)
    delivery = await site.world.delivery(site.delivery)
    own = decode(receipt(delivery, "sent", 1, {})[1])
    sent, again, read, reread = site.records
    assert sent.id == again.id == own.id
    assert len({sent.id, read.id, reread.id}) == 3, "somebody may read it twice"


async def test_stop_reaches_whoever_was_written_to(site: Site) -> None:
    await site.world.plan(await site.world.person("bob", {"first_name": "Bob", "phone": "+14155550123"}), "text")
    await site.world.claim()
    form = {"AccountSid": ACCOUNT, "MessageSid": "SM2", "From": "+14155550123", "To": "+14155550100", "Body": " stop "}
    headers, data = signed(f"{BASE}/webhooks/sms/twilio/1", form)
    answer = await site.client.post("/webhooks/sms/twilio/1", content=data, headers=headers)
    assert (answer.status_code, answer.headers["content-type"]) == (200, "text/xml")
    (record,) = site.records
    assert record.body == Consent(channels={"sms": False}, how="sms STOP", by="+14155550123")


async def test_too_much_is_refused(site: Site) -> None:
    await site.send()
    assert (await site.client.post(site.link("u"), content=b"x" * (1 << 21))).status_code == 413
    assert (await site.client.post(site.link("u"), content=b"a&" * 20_000)).status_code == 413
    parts = "".join(f"--b{n}\r\nContent-Type: multipart/mixed; boundary=b{n + 1}\r\n\r\n" for n in range(15_000))
    nested = {"content-type": "multipart/form-data; boundary=b0"}
    assert (await site.client.post(site.link("u"), content=parts, headers=nested)).status_code == 413
    assert (await site.client.get("/nowhere")).status_code == 404


async def test_links_lead_on_while_the_database_is_away(site: Site) -> None:
    await site.send()
    click, leave = site.link("c"), site.link("u")
    await site.client.get(click)
    gone = await open_pool(site.world.database.url, smallest=0, largest=2)
    gone.terminate()
    pages = make_pages(gone, fail, BASE)
    transport = httpx.ASGITransport(app=pages)
    async with httpx.AsyncClient(transport=transport, base_url=BASE) as client:
        assert (await client.get(click)).status_code == 503, "whose link it is nobody knows yet"
        pages._pool = site.world.database.pool  # type: ignore[attr-defined]
        assert (await client.get(click)).status_code == 302
        pages._pool, pages._refreshed = gone, 1e-9  # type: ignore[attr-defined]
        assert (await client.get(click)).headers["location"] == "https://example.com/start?a=1&b=2"
        answer = await client.post(leave)
        assert (answer.status_code, answer.headers["retry-after"]) == (503, "5")


async def fail(records: list[Record]) -> None:
    raise OSError("away")


async def test_choices_are_not_taken_without_end(site: Site) -> None:
    await site.send()
    answers = [(await site.client.post(site.made("p"), data={"all": "off"})).status_code for _ in range(25)]
    assert answers == [200] * 20 + [429] * 5
    assert (await site.client.get(site.made("p"))).status_code == 200
