"""No id of another workspace ever answers: every route there is, found by walking, is asked by the owner of another workspace, with the
ids that are real in this one and with the body of its example. Whatever is this workspace's has *zebra* in it, so that one word tells."""

import asyncio
from typing import Any

import httpx

from tests.api.sending import DEMO
from tests.api.serving import serving, worked
from tests.api.test_manage import until
from tests.api.test_management import enter
from tests.conftest import Database
from tests.pictures import picture
from tidings.api.description import read_examples
from tidings.api.management import describe, taken
from tidings.database.access import create_workspace
from tidings.project.apply import apply
from tidings.project.folder import read_folder

WORD = "zebra"
EXAMPLES = read_examples()
CALLS = [
    (method, path, call)
    for path, methods in describe()["paths"].items()
    for method, call in methods.items()
    if taken()[method, path] not in ("anybody", "signed in")
]


async def test_no_id_of_another_workspace_answers(database: Database) -> None:
    async with serving(database, development=True) as server:
        await apply(database.pool, server.workspace, read_folder(DEMO))
        traits = {"email": f"{WORD}@example.com", "first_name": WORD, "plan": "trial", WORD: WORD}
        await server.post("/v1/identify", {"userId": "u", "traits": traits})
        await server.post("/v1/track", {"userId": "u", "event": "Signed Up", "properties": {"plan": "trial", WORD: 1}})
        async with worked(database):  # and then nobody moves anything any more
            planned = await until(server, "/api/people/id/u/deliveries", lambda said: bool(said.get("deliveries")))
            await until(server, "/api/progress", lambda said: said["done"])
        delivery = planned["deliveries"][0]["id"]
        async with database.pool.acquire() as connection:
            other = await create_workspace(connection, "other")
        async with (
            enter(server, f"{WORD}@example.com") as owner,
            enter(server, "eve@example.com", "owner", other.id) as eve,
        ):
            ids = await filled(owner, delivery)
            before = await ours(database, server.workspace)
            for method, path, call in sorted(CALLS, key=lambda each: (each[0] == "delete", each[1])):
                status, said = await asked(eve, method, path, call, ids)
                assert WORD not in said.lower(), (method, path, status, said[:2000])
                assert status < 500, (method, path, said[:2000])
            changed = {name for name, rows in (await ours(database, server.workspace)).items() if rows != before[name]}
            assert changed == set(), changed
            told = 0  # and all of it was there to be told: its owner is
            for method, path, call in CALLS:
                if method == "get":
                    status, said = await asked(owner, method, path, call, ids)
                    told += status == 200 and WORD in said.lower()
            assert told >= 20


async def filled(owner: httpx.AsyncClient, delivery: str) -> dict[str, list[str]]:
    """Make one of what a workspace holds; gives by each parameter's name the ids to try."""

    async def made(method: str, path: str, **more: Any) -> Any:
        said = await owner.request(method, f"/api{path}", **more)
        assert said.status_code < 300, (path, said.text)
        return said.json() if said.content else None

    await made(
        "PUT",
        "/drafts/journey/stripes",
        json={"body": {"journey": "stripes", "note": WORD}},
        headers={"if-none-match": "*"},
    )
    await made("PUT", "/labels/journey/onboarding", json={"folder": WORD, "tags": [WORD]})
    await made("PUT", "/favourites/journey/onboarding", json={"on": True})
    invited = await made("POST", "/team/invitations", json={"email": f"{WORD}2@example.com", "role": "author"})
    await made("POST", "/sources", json={"name": WORD, "kind": "write_key"})
    await made("POST", "/assets", params={"file": "hero.png"}, content=picture())
    await made("PUT", "/assets/hero.png/says", json={"says": WORD})
    document = EXAMPLES["rehearse"]["body"]["side"]["document"]
    document = {**document, "journey": "onboarding", "note": WORD, "steps": [{"id": "hello", "send": "welcome"}]}
    side = {"what": "document", "document": document}
    rehearsal = await made(
        "POST",
        "/rehearsals",
        json={"journey": "onboarding", "kind": "simulation", "people": 10, "days": 1, "side": side},
    )
    columns = [{"to": "email"}, {"name": WORD, "to": "attribute"}]
    task = await made(
        "POST", "/imports", json={"text": f"email,{WORD}\n{WORD}3@example.com,1\nbroken,2\n", "columns": columns}
    )
    team = await made("GET", "/team")
    known = await made("GET", "/people/id/u")
    sources = (await made("GET", "/sources"))["sources"]
    return {
        "id": [delivery, str(invited["id"]), str(rehearsal["id"]), str(task["id"]), str(sources[-1]["id"])],
        "name": ["hero.png", "trials", "onboarding", "stripes"],
        "journey": ["onboarding"],
        "template": ["welcome"],
        "step": ["welcome"],
        "version": ["1"],
        "value": ["u", known["person"]],
        "account": [str(team["members"][0]["account"])],
    }


async def asked(
    browser: httpx.AsyncClient, method: str, path: str, call: Any, ids: dict[str, list[str]]
) -> tuple[int, str]:
    """Ask with each of the ids; gives the best answer's status, and all that was said."""
    example = EXAMPLES[call["operationId"]]
    ways = [path]
    for parameter in call.get("parameters", []):
        if parameter["in"] == "path":
            name = parameter["name"]
            values = ids.get(name, [str(example["path"][name])])
            if name == "kind" and "{value}" in path:
                values = ["id", "cio_id"]
            ways = [way.replace("{" + name + "}", value) for way in ways for value in values]
    answers = []
    for way in ways:
        request = browser.build_request(
            method,
            way,
            params=example.get("query"),
            json=example.get("body"),
            headers={"if-match": '"1"'},
        )
        answers.append(await read(browser, request))
    return min(status for status, _ in answers), "\n".join(said for _, said in answers)


async def read(browser: httpx.AsyncClient, request: httpx.Request) -> tuple[int, str]:
    """Read an answer, of a stream what comes in its first moment."""
    answer = await browser.send(request, stream=True)
    said: list[str] = []
    try:
        async with asyncio.timeout(0.3 if "event-stream" in answer.headers.get("content-type", "") else 20):
            async for text in answer.aiter_text():
                said.append(text)
    except TimeoutError:
        pass
    finally:
        await answer.aclose()
    return answer.status_code, "".join(said)


async def ours(database: Database, workspace: int) -> dict[str, Any]:
    """All that the workspace has in the tables, as a hash of each."""
    tables = await database.fetch(
        "SELECT table_name FROM information_schema.columns JOIN information_schema.tables USING (table_schema, table_name)"
        " WHERE table_schema = 'public' AND column_name = 'workspace' AND table_type = 'BASE TABLE'"
    )
    found = {}
    for (name,) in tables:
        rows = f"SELECT md5(coalesce(string_agg(t::text, '' ORDER BY t::text), '')) FROM {name} t WHERE workspace = $1"
        found[name] = await database.fetchval(rows, workspace)
    assert len(found) >= 20
    return found
