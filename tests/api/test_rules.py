"""Rules over HTTP: read as they are typed or drawn, and the names they can speak of; nothing of another workspace."""

from typing import Any

from tests.api.serving import Server
from tests.api.test_manage import demo_in_force, until  # noqa: F401
from tests.api.test_management import enter
from tidings.database.access import create_source, create_workspace


async def test_a_rule_is_checked_as_it_is_typed(server: Server) -> None:
    async with enter(server, "ada@example.com", "viewer") as browser:

        async def check(rule: str, **more: Any) -> dict[str, Any]:
            said = await browser.post("/api/rules/check", json={"rule": rule, **more})
            assert said.status_code == 200, said.text
            return dict(said.json())

        good = await check('plan  =  "pro"')
        assert (good["text"], good["problems"]) == ('plan = "pro"', [])
        assert good["tree"]
        (flaw,) = (await check('plan = = "pro"'))["problems"]
        assert (flaw["line"], flaw["column"]) == (1, 8)
        (unknown,) = (await check('a = 1 and in segment "paying"'))["problems"]
        assert ("no segment `paying`" in unknown["message"], unknown["path"]) == (True, "of.1")
        assert (await check("total > 5", where=True))["problems"] == []
        assert "inside `where`" in (await check('did "X"', where=True))["problems"][0]["message"]


async def test_what_was_never_seen_is_told_beside_a_rule_and_a_draft_is_there_already(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    await server.post("/v1/track", {"userId": "u", "event": "Order Completed", "properties": {"total": 12.5}})
    await until(server, "/api/rules/words", lambda said: any(e["name"] == "Order Completed" for e in said["events"]))
    async with enter(server, "ada@example.com", "author") as browser:

        async def hints(rule: str, **more: Any) -> list[tuple[str, str]]:
            said = (await browser.post("/api/rules/check", json={"rule": rule, **more})).json()
            return [(each["message"], each["hint"]) for each in said["hints"]]

        assert await hints('did "Order Completed" where total > 5') == []
        assert await hints('did "Order Complete"') == [
            ('no event "Order Complete" was ever seen', "did you mean `Order Completed`?")
        ]
        assert await hints('did "Order Completed" where totl > 5') == [
            ('"Order Completed" was never seen with `totl`', "did you mean `total`?")
        ]
        assert await hints('plen = "trial"') == [("nobody was ever seen with `plen`", "did you mean `plan`?")]
        assert await hints('opened email "welcom"') == [("there is no message `welcom`", "did you mean `welcome`?")]
        assert (await hints("opened mail"))[0][0] == "there is no channel `mail`"
        assert await hints("totl > 5", where=True) == []  # which event's, is not said
        draft = {"json": {"body": {"segment": "ahead", "rule": "plan = 1"}}, "headers": {"if-none-match": "*"}}
        unknown = {"json": {"rule": 'in segment "ahead"'}}
        assert (await browser.post("/api/rules/check", **unknown)).json()["problems"]
        assert (await browser.put("/api/drafts/segment/ahead", **draft)).status_code == 200
        assert (await browser.post("/api/rules/check", **unknown)).json()["problems"] == []  # it comes along


async def test_a_rule_is_printed_as_it_is_drawn(server: Server) -> None:
    async with enter(server, "ada@example.com", "viewer") as browser:
        text = {"clause": "text", "text": 'plan  =  "pro"'}
        did = {"clause": "did", "event": "Order Completed", "bound": "at least", "times": 3}
        said = await browser.post("/api/rules/print", json={"sketch": {"clause": "all", "of": [text, did]}})
        assert said.json()["text"] == 'plan = "pro" and did "Order Completed" at least 3 times'
        assert said.json()["clauses"][1] == {"path": "of.0", "text": 'plan = "pro"'}
        faulty = {"clause": "all", "of": [text, {**did, "times": 0}]}
        said = await browser.post("/api/rules/print", json={"sketch": faulty})
        assert (said.json()["text"], said.json()["problems"][0]["path"]) == (None, "of.1")


async def test_the_names_that_rules_can_speak_of(demo_in_force: Server) -> None:  # noqa: F811
    server = demo_in_force
    event = {"userId": "u", "event": "Order Completed", "properties": {"total": 12.5, "coupon": "SPRING"}}
    await server.post("/v1/track", event)
    words = await until(
        server,
        "/api/rules/words",
        lambda said: (
            any(each["name"] == "Order Completed" for each in said.get("events", ()))
            and any(each["name"] == "plan" for each in said["attributes"])
        ),
    )
    happening = next(each for each in words["events"] if each["name"] == "Order Completed")
    assert happening["kind"] == "track"
    total = next(each for each in happening["properties"] if each["name"] == "total")
    assert (total["types"], total["examples"]) == (["number"], ["12.5"])
    plan = next(each for each in words["attributes"] if each["name"] == "plan")
    assert (plan["types"], plan["examples"]) == (["text"], ["trial"])
    assert "email" in words["channels"]
    assert {"id": "trials", "name": "On trial", "about": ""} in words["segments"]
    assert "email" in {each["about"] for each in words["templates"]}
    async with server.database.pool.acquire() as connection:
        other = await create_workspace(connection, "other")
        await create_source(connection, other.id, "others' key", "app")
    async with enter(server, "eve@example.com", "owner", other.id) as eve:
        said = (await eve.get("/api/rules/words")).json()
        assert (said["attributes"], said["events"], said["segments"], said["templates"]) == ([], [], [], [])
