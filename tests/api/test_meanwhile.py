"""No call answers 500 because it read while others wrote: every route that reads is asked again and again, of what comes and goes."""

import asyncio
from asyncio import CancelledError, Semaphore, TaskGroup
from collections import Counter
from collections.abc import Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import replace
from itertools import count
from random import Random
from typing import Any

import httpx

from tests.api.sending import DEMO, developing
from tests.api.serving import Server
from tests.api.test_management import enter
from tests.api.test_tenancy import CALLS, EXAMPLES, filled
from tests.conftest import Database
from tests.pictures import picture
from tidings.project.apply import Overtaken, apply
from tidings.project.folder import Project, read_folder

READERS, ROUNDS, PACE = 2, 1, 40
"""Clients that read at once, how often each asks all there is, and after how many answers everybody who writes does so once more."""
PEOPLE = 6
LOOKS: dict[str, list[dict[str, str]]] = {
    "/api/people/": [{"kind": "id", "value": f"u{n}", "journey": "onboarding"} for n in range(3)],
    "/api/content/": [
        {"kind": kind, "name": name}
        for kind, name in (("template", "welcome"), ("template", "cart-text"), ("layout", "base"))
    ],
    "/api/drafts/": [{"kind": "journey", "name": "onboarding"}, {"kind": "segment", "name": "active"}],
    "/api/segments/": [{"name": "active"}, {"name": "stalled-trials"}],
    "/api/assets/": [{"name": "hero.png"}],
    "/api/journeys/": [
        {"journey": "onboarding", "step": "first-project", "version": "2"},
        {"journey": "cart", "step": "think", "version": "1"},
    ],
    "/api/previews/{": [{"template": "welcome"}, {"template": "cart-text"}],
}
WHICH = {"deliveries": 0, "rehearsals": 2, "tasks": 3, "sources": 4}
"""Of the ids that are there, the place of those of what the path begins with."""
Write = Callable[..., Awaitable[httpx.Response]]


async def test_no_call_answers_500_because_others_write(database: Database) -> None:
    statuses, failed = Counter[int](), list[str]()
    async with developing(database) as server:
        project = read_folder(DEMO)
        await apply(database.pool, server.workspace, project)
        async with enter(server, "zebra@example.com") as owner:

            async def write(method: str, path: str, body: Any = None, **more: Any) -> httpx.Response:
                answer = await owner.request(method, f"/api{path}", json=body, **more)
                if answer.status_code >= 500:
                    failed.append(f"{method} {path} {answer.status_code}")
                return answer

            ids = await filled(owner, await somebody(server))
            asked = [each for call in CALLS if call[0] == "get" for each in addresses(*call, ids)]
            going_on = (
                lambda n: people_act(server, n),
                lambda n: people_are_merged_and_deleted(write, n),
                lambda n: definitions_change(database, server, project, n),
                lambda n: journeys_pause_and_go_on(write, n),
                lambda n: drafts_come_and_go(write, n),
                lambda n: the_rest_comes_and_goes(write, n),
            )
            turns = [asyncio.Semaphore(1) for _ in going_on]
            writing = [
                asyncio.create_task(in_turn(goes_on, turn)) for goes_on, turn in zip(going_on, turns, strict=True)
            ]
            async with TaskGroup() as readers:
                for seed in range(READERS):
                    readers.create_task(read(owner, asked, Random(seed), turns, statuses, failed))
            for each in writing:
                each.cancel()
            ended = await asyncio.gather(*writing, return_exceptions=True)
    assert [each for each in ended if not isinstance(each, CancelledError)] == []
    assert failed == []
    assert statuses[200] >= statuses.total() / 2, "most of it was there to be read"


async def read(
    owner: httpx.AsyncClient,
    asked: list[tuple[str, Any]],
    random: Random,
    turns: list[Semaphore],
    statuses: Counter[int],
    failed: list[str],
) -> None:
    """Ask everything once a round, each time in another order."""
    for _ in range(ROUNDS):
        for n, (path, query) in enumerate(random.sample(asked, len(asked))):
            if n % PACE < len(turns):
                turns[n % PACE].release()
            async with owner.stream("GET", path, params=query) as answer:
                if "event-stream" not in answer.headers.get("content-type", ""):
                    await answer.aread()
                statuses[answer.status_code] += 1
                if answer.status_code >= 500:
                    failed.append(f"GET {answer.url} {answer.status_code}")


def addresses(method: str, path: str, call: Any, ids: dict[str, list[str]]) -> Iterator[tuple[str, Any]]:
    """Where a call is, for each of what comes and goes: as its example asks, and without any question."""
    example = EXAMPLES[call["operationId"]]
    names = [each["name"] for each in call.get("parameters", []) if each["in"] == "path"]
    for known in next((each for begins, each in LOOKS.items() if path.startswith(begins)), [{}]):
        where = path
        for name in names:
            here = ids.get(name, [str(example["path"][name])])
            where = where.replace("{" + name + "}", known.get(name) or here[WHICH.get(path.split("/")[2], 0)])
        yield from ((where, query) for query in ({}, *([example["query"]] if "query" in example else [])))


# What goes on meanwhile


async def in_turn(goes_on: Callable[[int], Awaitable[None]], turn: Semaphore) -> None:
    for n in count():
        await turn.acquire()
        await goes_on(n)


async def somebody(server: Server) -> str:
    """Let the first message go out, to ``u``; gives its id."""
    await server.post("/v1/identify", {"userId": "u", "traits": {"email": "zebra@example.com", "plan": "trial"}})
    await server.post("/v1/track", {"userId": "u", "event": "Signed Up", "properties": {"plan": "trial"}})
    async with asyncio.timeout(30):
        while not (found := (await server.ask("/api/people/id/u/deliveries")).json().get("deliveries")):
            await asyncio.sleep(0.02)
    return str(found[0]["id"])


async def people_act(server: Server, n: int) -> None:
    """They sign up, order and pay; each is one with somebody who was not known, and now and then with somebody who was."""
    for each in range(PEOPLE):
        id, plan = f"u{each}", ("trial", "team")[(n + each) % 2]
        batch: list[dict[str, Any]] = [
            {"type": "track", "anonymousId": f"a{each}-{n}", "event": "Project Created", "properties": {}},
            {"type": "identify", "anonymousId": f"a{each}-{n}", "userId": id, "traits": {"plan": plan}},
            {"type": "identify", "userId": id, "traits": {"email": f"{id}@example.com", "first_name": "Ada"}},
        ]
        for event in ("Signed Up", "Checkout Started", "Project Created", "Subscription Started", "Order Completed"):
            batch.append({"type": "track", "userId": id, "event": event, "properties": {"plan": "trial", "total": 60}})
        await server.post("/v1/batch", {"batch": batch})


async def people_are_merged_and_deleted(write: Write, n: int) -> None:
    one, two, three = (f"u{(n + more) % PEOPLE}" for more in (0, 2, 3))
    await write("POST", f"/people/id/{one}/merge", {"absorb": f"{two}@example.com"})
    merged = (await write("GET", f"/people/id/{one}/merges")).json().get("absorbed")
    if merged:
        await write("POST", f"/people/id/{one}/unmerge", {"person": merged[0]["person"]})
    await write("DELETE", f"/people/id/{three}")


async def definitions_change(database: Database, server: Server, project: Project, n: int) -> None:
    """Steps, journeys, segments and messages are there, are otherwise, or are not there."""
    with suppress(Overtaken):
        await apply(database.pool, server.workspace, (less, other, lambda each: each)[n % 3](project))


def less(project: Project) -> Project:
    """Without a journey, what it sends, a segment, and a step and the goal of another journey."""
    journeys = {id: dict(each) for id, each in project.journeys.items() if id != "cart"}
    journeys["onboarding"].pop("goal")
    journeys["onboarding"]["steps"] = [
        each for each in journeys["onboarding"]["steps"] if each["id"] != "first-project"
    ]
    templates = {name: each for name, each in project.templates.items() if not name.startswith("cart")}
    segments = {name: each for name, each in project.segments.items() if name != "stalled-trials"}
    return replace(project, journeys=journeys, templates=templates, segments=segments)


def other(project: Project) -> Project:
    """With another goal, fewer steps, and another rule."""
    onboarding = dict(project.journeys["onboarding"])
    onboarding |= {"goal": {"rule": 'did "Project Created"', "within": "7 days"}, "steps": onboarding["steps"][:3]}
    active = {"segment": "active", "rule": 'did "Project Created" within 3 days'}
    return replace(
        project,
        journeys={**project.journeys, "onboarding": onboarding},
        segments={**project.segments, "active": active},
    )


async def journeys_pause_and_go_on(write: Write, n: int) -> None:
    journey = ("onboarding", "cart")[n // 4 % 2]
    how = {"held": ("send", "skip", "shift")[n // 4 % 3]}
    command, body = (("pause", {}), ("resume", how), ("shadow", {"on": True}), ("shadow", {"on": False}))[n % 4]
    await write("POST", f"/journeys/{journey}/{command}", body)
    await write("POST", "/sending/stop", {"reason": "wrong price"})
    await write("POST", "/sending/resume", {"held": "send"})


async def drafts_come_and_go(write: Write, n: int) -> None:
    begun = (
        ("journey", "onboarding", {"journey": "onboarding", "steps": [{"id": "a", "send": "welcome"}]}),
        ("journey", "fresh", {"journey": "fresh", "note": "begun"}),
        ("segment", "active", {"segment": "active", "rule": "plan = "}),
        ("template", "cart-text", {"text": "---\nchannel: sms\n---\nHi {{ person.first_name }}", "format": "text"}),
    )
    for kind, name, body in begun:
        await write("PUT", f"/drafts/{kind}/{name}", {"body": body}, headers={"if-none-match": "*"})
    for kind, name, _ in begun:
        await write("DELETE", f"/drafts/{kind}/{name}", headers={"if-match": '"1"'})


async def the_rest_comes_and_goes(write: Write, n: int) -> None:
    rehearsal = await write("POST", "/rehearsals", EXAMPLES["rehearse"]["body"])
    await write("POST", "/sources", {"name": f"source {n}", "kind": "write_key"})
    await write("POST", "/imports", {"text": f"email\nimported{n}@example.com\n", "columns": [{"to": "email"}]})
    await write("POST", "/assets", params={"file": "hero.png"}, content=picture())
    await write("PUT", "/labels/journey/onboarding", {"folder": f"folder {n}", "tags": ["new"]})
    await write("DELETE", "/assets/hero.png")
    sources = (await write("GET", "/sources")).json()["sources"]
    await write("DELETE", f"/sources/{sources[-1]['id']}")
    if rehearsal.status_code < 300:
        await write("DELETE", f"/rehearsals/{rehearsal.json()['id']}")
