"""Pictures over HTTP: uploaded, published with the message that names them, kept as they were, loaded from their address."""

import asyncio

import httpx
import pytest

from tests.api.serving import Server
from tests.api.test_content import draft, publish
from tests.api.test_manage import demo_in_force  # noqa: F401
from tests.api.test_management import enter
from tests.pictures import picture
from tidings.api import pictures as served
from tidings.content import pictures as kinds
from tidings.content import store
from tidings.database.access import create_source, create_workspace
from tidings.kernel.problems import Invalid
from tidings.project.apply import put
from tidings.project.renaming import renamed
from tidings.project.store import newest

TEAL, RED = picture(), picture(colour="maroon")
MAIL = '---\nsubject: Hi\n---\n<p>Hi</p><img src="{{ assets[\'hero.png\'] }}" alt="Us">'


async def upload(browser: httpx.AsyncClient, file: str, data: bytes) -> httpx.Response:
    return await browser.post("/api/assets", params={"file": file}, content=data)


async def listed(browser: httpx.AsyncClient) -> dict[str, dict[str, object]]:
    return {each["name"]: each for each in (await browser.get("/api/assets")).json()["assets"]}


async def test_a_picture_has_its_address_at_once_and_answers_safely(live: Server) -> None:
    async with enter(live, "ada@example.com", "author") as browser:
        said = await upload(browser, "Größe/Hero.PNG", TEAL)
        assert said.status_code == 201, said.text
        made = said.json()
        assert (made["name"], made["width"], made["height"], made["in_force"]) == ("hero.png", 60, 20, False)
        assert made["url"] == f"{live.url}/a/{made['hash']}/hero.png"
        assert made["liquid"] == "{{ assets['hero.png'] }}"
        again = await upload(browser, "hero.png", TEAL)
        assert (again.status_code, again.json()["name"]) == (201, "hero.png")
        assert (await upload(browser, "hero.png", RED)).json()["name"] == "hero-2.png"
        assert (await upload(browser, "hero.png", picture("jpg"))).json()["name"] == "hero.jpg"
        assert (await browser.get("/api/assets")).json()["held"] == sum(
            each["size"] for each in (await listed(browser)).values()
        )
    got = await live.client.get(made["path"], headers={"cookie": "tidings_session=x"})
    assert got.content == kinds.read(TEAL)[1]
    fields = got.headers
    assert (fields["content-type"], fields["x-content-type-options"]) == ("image/png", "nosniff")
    assert fields["content-security-policy"] == "default-src 'none'; sandbox"
    assert fields["cache-control"] == "public, max-age=31536000, immutable"
    assert fields["cross-origin-resource-policy"] == "cross-origin"
    assert fields["content-disposition"] == 'inline; filename="hero.png"'
    assert "set-cookie" not in fields
    same = await live.client.get(made["path"], headers={"if-none-match": fields["etag"]})
    assert (same.status_code, same.content) == (304, b"")
    head = await live.client.head(made["path"])
    assert (head.status_code, head.content, head.headers["content-length"]) == (200, b"", str(len(got.content)))
    assert (await live.client.post(made["path"])).status_code == 405
    gone = made["path"].replace(made["hash"], "0" * 40)
    assert (await live.client.get(gone)).status_code == 404
    for name in ("../hero.png", "..%2f..%2fetc%2fpasswd", "hero.svg", "hero.png%0d%0ax", "x.html"):
        tried = await live.client.get(f"/a/{made['hash']}/{name}")
        assert "image" not in tried.headers["content-type"], name


@pytest.mark.parametrize(
    ("data", "status", "says"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", 409, "SVG"),
        (b"MZ\x90\0", 409, "no PNG"),
        (TEAL[:-9], 409, "broken"),
        (b"\x89PNG\r\n\x1a\n" + b"\0" * (5 << 20), 413, "larger"),
    ],
)
async def test_what_is_no_picture_is_refused(live: Server, data: bytes, status: int, says: str) -> None:
    async with enter(live, "ada@example.com", "author") as browser:
        said = await upload(browser, "x.png", data)
        assert (said.status_code, said.headers["content-type"]) == (status, "application/problem+json")
        assert says in said.json()["detail"]
        assert not await listed(browser)


async def test_it_goes_into_force_with_the_message_and_stays_as_it_was_sent(live: Server) -> None:
    async with enter(live, "ada@example.com", "author") as browser:
        before = (await upload(browser, "hero.png", TEAL)).json()
        etag = await draft(browser, "template", "news", MAIL, "html")
        shown = await browser.get("/api/previews/news/page")
        assert f'src="{before["url"]}"' in shown.text
        assert f"img-src {live.url}/a/ data:" in shown.headers["content-security-policy"]
        plan = (await browser.get("/api/content/template/news/plan")).json()
        taken = {(each["kind"], each["name"]) for each in plan["changes"]}
        assert taken >= {("template", "news"), ("asset", "hero.png")}
        assert (await publish(browser, "template/news", etag)).status_code == 200
        own = (await listed(browser))["hero.png"]
        assert (own["in_force"], own["draft"], own["used_by"]) == (True, None, [{"kind": "template", "name": "news"}])

        replaced = await browser.put("/api/assets/hero.png", content=RED)
        assert replaced.status_code == 200, replaced.text
        after = replaced.json()
        assert (after["hash"] != before["hash"], after["draft"]) == (True, "ada@example.com")
        wrong = await browser.put("/api/assets/hero.png", content=picture("jpg"))
        assert (wrong.status_code, "call it hero.jpg" in wrong.json()["hint"]) == (409, True)
        assert before["url"] in (await browser.get("/api/previews/news/page")).text
        plan = (await browser.get("/api/content/asset/hero.png/plan")).json()
        assert [(each["name"], each["what"]) for each in plan["changes"]] == [("hero.png", "changed")]
        assert (await publish(browser, "asset/hero.png", f'"{plan["revision"]}"')).status_code == 200
        assert after["url"] in (await browser.get("/api/previews/news/page")).text
        assert (await live.client.get(before["path"])).content == kinds.read(TEAL)[1]
        versions = (await browser.get("/api/content/asset/hero.png/versions")).json()["versions"]
        assert [each["text"] for each in versions] == [after["hash"], before["hash"]]
        back = await browser.post("/api/assets/hero.png/restore", json={"hash": before["hash"]})
        assert (back.json()["hash"], back.json()["draft"]) == (before["hash"], "ada@example.com")


async def test_a_name_that_is_not_there_stands_in_the_way(live: Server) -> None:
    async with enter(live, "ada@example.com", "author") as browser:
        await upload(browser, "heroes.png", TEAL)
        said = (await browser.post("/api/content/template/n/check", json={"text": MAIL, "format": "html"})).json()
        own = [(each["message"], each["line"]) for each in said["problems"] if not each["file"]]
        assert own == [("the channel `email` has no provider", 1), ("there is no picture `hero.png`", 4)]
        etag = await draft(browser, "template", "news", MAIL.replace("hero.png", "heroe.png"), "html")
        assert (await publish(browser, "template/news", etag)).status_code == 409


async def test_a_picture_is_erased_for_good(live: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(served, "_LOOKED", 0.0)
    async with enter(live, "ada@example.com", "author") as browser:
        first = (await upload(browser, "hero.png", TEAL)).json()
        etag = await draft(browser, "template", "news", MAIL, "html")
        assert (await browser.delete("/api/assets/hero.png", params={"erase": True})).status_code == 409  # it is used
        await publish(browser, "template/news", etag)
        second = (await browser.put("/api/assets/hero.png", content=RED)).json()
        assert second["hash"] != first["hash"]
        other = (await upload(browser, "other.png", TEAL)).json()
        text = MAIL.replace("{{ assets['hero.png'] }}", "https://example.com/x.png")
        await publish(browser, "template/news", await draft(browser, "template", "news", text, "html"))
        for each in (first, second):
            assert (await live.client.get(each["path"])).status_code == 200  # in memory from here on
        gone = (await browser.delete("/api/assets/hero.png", params={"erase": True})).json()
        assert [*await listed(browser)] == ["other.png"]
        assert (await live.client.get(second["path"])).status_code == 404
        assert (await live.client.get(other["path"])).status_code == 200  # it stands there under another name
        back = await browser.post("/api/assets/hero.png/restore", json={"hash": gone["hash"], "number": gone["number"]})
        assert (back.status_code, back.json()["code"]) == (409, "erased")
        await browser.delete("/api/assets/other.png", params={"erase": True})
        assert (await browser.get("/api/assets")).json()["held"] == 0
        assert (await live.client.get(other["path"])).status_code == 404


async def test_what_is_used_is_not_taken_away_and_what_is_taken_away_comes_back(live: Server) -> None:
    async with enter(live, "ada@example.com", "author") as browser:
        made = (await upload(browser, "hero.png", TEAL)).json()
        etag = await draft(browser, "template", "news", MAIL, "html")
        refused = await browser.delete("/api/assets/hero.png")
        assert (refused.status_code, "template news" in refused.json()["detail"]) == (409, True)
        assert (await browser.post("/api/assets/hero.png/rename", json={"to": "x.png"})).status_code == 409
        await publish(browser, "template/news", etag)
        assert (await browser.delete("/api/assets/hero.png")).status_code == 409
        text = MAIL.replace("{{ assets['hero.png'] }}", "https://example.com/x.png")
        etag = await draft(browser, "template", "news", text, "html")
        await publish(browser, "template/news", etag)
        await browser.put("/api/assets/hero.png/says", json={"says": " All of   us "})
        await browser.put("/api/labels/asset/hero.png", json={"folder": "Spring", "tags": []})
        assert (await browser.post("/api/assets/hero.png/rename", json={"to": "us.jpg"})).status_code == 409
        named = await browser.post("/api/assets/hero.png/rename", json={"to": "us.png"})
        assert (named.status_code, named.json()["says"], named.json()["in_force"]) == (200, "All of us", True)
        labels = (await browser.get("/api/labels")).json()["labels"]
        assert [(each["name"], each["folder"]) for each in labels if each["kind"] == "asset"] == [("us.png", "Spring")]
        gone = (await browser.delete("/api/assets/us.png")).json()
        assert not await listed(browser)
        assert (await live.client.get(made["path"])).status_code == 200  # mail that was sent shows it
        back = await browser.post("/api/assets/us.png/restore", json={"hash": gone["hash"], "number": gone["number"]})
        assert (back.status_code, back.json()["in_force"], back.json()["draft"]) == (200, True, None)

        await upload(browser, "new.png", RED)
        gone = (await browser.delete("/api/assets/new.png")).json()
        assert gone["number"] is None
        back = await browser.post("/api/assets/new.png/restore", json={"hash": gone["hash"]})
        assert (back.status_code, back.json()["in_force"]) == (200, False)


async def test_nobody_elses_pictures_and_no_more_than_one_may(live: Server) -> None:
    async with enter(live, "ada@example.com", "author") as browser:
        made = (await upload(browser, "hero.png", TEAL)).json()
    async with live.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
        key = await create_source(connection, other.id, "app", "app")
    elsewhere = {"Authorization": f"Bearer {key}"}
    async with httpx.AsyncClient(base_url=live.url, headers=elsewhere) as stranger:
        async with asyncio.timeout(20):  # until the key is known
            while (await stranger.get("/api/assets")).status_code == 401:
                pass
        for said in (
            await stranger.get("/api/assets/hero.png"),
            await stranger.delete("/api/assets/hero.png"),
            await stranger.put("/api/assets/hero.png", content=RED),
            await stranger.post("/api/assets/hero.png/rename", json={"to": "b.png"}),
            await stranger.put("/api/assets/hero.png/says", json={"says": "x"}),
        ):
            assert said.status_code in (403, 404), said.request.url
        assert not (await stranger.get("/api/assets")).json()["assets"]
        taken = await stranger.post("/api/assets/mine.png/restore", json={"hash": made["hash"]})
        assert taken.status_code in (403, 409)
    async with enter(live, "eve@example.com", "viewer") as viewer:
        assert (await viewer.get("/api/assets")).status_code == 200
        assert (await upload(viewer, "x.png", RED)).status_code == 403
        assert (await viewer.delete("/api/assets/hero.png")).status_code == 403


async def test_a_workspace_has_room_for_so_much(live: Server, monkeypatch: pytest.MonkeyPatch) -> None:
    asset, data = kinds.read(TEAL)
    other, more = kinds.read(RED)
    monkeypatch.setattr(store, "MOST", asset.size + 10)
    async with live.database.pool.acquire() as connection:
        await store.keep(connection, live.workspace, asset, data, 1)
        await store.keep(connection, live.workspace, asset, data, 2)
        with pytest.raises(Invalid, match="would be more than"):
            await store.keep(connection, live.workspace, other, more, 3)


async def test_the_logo_is_a_picture_by_its_name(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    async with enter(server, "ada@example.com", "admin") as browser:
        made = (await upload(browser, "logo.png", TEAL)).json()
        settings = await browser.get("/api/settings")
        body = settings.json()["settings"]
        body["brand"] = {**body.get("brand", {}), "logo": "logo.png"}
        said = await browser.put(
            "/api/settings", json={"settings": body}, headers={"if-match": settings.headers["etag"]}
        )
        assert said.status_code == 200, said.text
        own = (await listed(browser))["logo.png"]
        assert (own["in_force"], own["used_by"]) == (True, [{"kind": "brand", "name": "logo"}])
        await draft(browser, "template", "news", '---\nsubject: Hi\n---\n<img src="{{ brand.logo }}">', "html")
        assert made["url"] in (await browser.get("/api/previews/news/page")).text
        body["brand"]["logo"] = "lego.png"
        etag = (await browser.get("/api/settings")).headers["etag"]
        refused = await browser.put("/api/settings", json={"settings": body}, headers={"if-match": etag})
        assert (refused.status_code, refused.json()["faults"][0]["where"]) == (409, "brand.logo")
        zipped = await browser.get("/api/export")
        assert kinds.read(TEAL)[1] in zipped.content


def test_a_picture_is_renamed_where_the_same_one_stands_under_another_name() -> None:
    one, two = {"hash": "a"}, {"hash": "b"}
    assert renamed({"assets": {"x": one, "y": two}}, {"assets": {"y": two, "z": one}}) == [("x", "z")]
    assert renamed({"assets": {"x": one}}, {"assets": {"z": two}}) == [], "another picture"
    assert renamed({"assets": {"x": one, "y": one}}, {"assets": {"z": one}}) == [("x", "z")], "only one can be it"
    assert renamed({"assets": {"x": one, "z": one}}, {"assets": {"z": one}}) == [], "it was there before"


async def test_a_picture_whose_new_name_waited_for_approval_keeps_its_labels(live: Server) -> None:
    async with (
        enter(live, "ada@example.com", "author") as ada,
        enter(live, "ben@example.com", "approver") as ben,
    ):
        await upload(ada, "hero.png", TEAL)
        plan = (await ada.get("/api/content/asset/hero.png/plan")).json()
        assert (await publish(ada, "asset/hero.png", f'"{plan["revision"]}"')).status_code == 200
        async with live.database.pool.acquire() as connection:
            before = await newest(connection, live.workspace)
        body = {key: value for key, value in before.body.items() if key != "since"}
        await put(live.database.pool, before, {**body, "settings": {**body["settings"], "approval": True}})
        await ada.put("/api/labels/asset/hero.png", json={"folder": "Spring", "tags": ["people"]})
        await ada.put("/api/assets/hero.png/says", json={"says": "All of us"})
        await ada.put("/api/favourites/asset/hero.png", json={"on": True})
        await ada.post("/api/assets/hero.png/rename", json={"to": "us.png"})
        (asked,) = (await ben.get("/api/approvals")).json()["approvals"]
        assert [each["name"] for each in (await ada.get("/api/labels")).json()["labels"]] == ["hero.png"]
        done = await ben.post(f"/api/approvals/{asked['id']}/approve", json={"hash": asked["hash"]})
        assert done.status_code == 200, done.text
        (label,) = (await ada.get("/api/labels")).json()["labels"]
        assert (label["name"], label["folder"], label["tags"]) == ("us.png", "Spring", ["people"])
        assert label["favourite"]
        assert (await listed(ada))["us.png"]["says"] == "All of us"
