"""Every number of a journey is what history says, counted one by one: of each step, version and hour. And as many people stand behind it.

Generated journeys are edited while people are in them; what became of messages comes early, late, twice and the wrong way round; people
turn out to be one, and are two again; a goal is edited and counted again.
"""

import asyncio
import copy
import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest

from tests.conftest import Database
from tests.laws.naive import TICK
from tests.processor.test_flight import Flight, flights
from tests.processor.test_laws import TEMPLATE, Row, live, rows_of, sends
from tests.processor.town import Town
from tidings import journeys
from tidings.history import kinds
from tidings.kernel.ids import digest, show, show_delivery
from tidings.kernel.records import SYSTEM, Body, Event, Merge, Receipt, Record, Unmerge, home
from tidings.kernel.times import HOUR
from tidings.people.document import decode
from tidings.processor.facts import unpack
from tidings.project.behind import people
from tidings.project.numbers import GONE, LEFT_AT, PASSED, of_journey

Place = tuple[int, str, str, int]
"""(version, step, what, hour)."""
MESSAGES = ("sent", "delivered", "opened", "fetched", "clicked", "bounced", "unsubscribed", "failed", "dropped")
ELSE = ("carried", "stays", "returned", "retried", "moved", "parked", "waiting")
PER_STEP = ("passed", "skipped", "planned", "branched", "left", *LEFT_AT, *ELSE, *MESSAGES)
SEEN = {
    *MESSAGES,
    "entered",
    "done",
    "exited",
    "merged",
    "moved",
    "converted",
    "later versions",
    "hours",
    "inside",
    "cancelled",
}
"""What the larger draw holds."""
SUMS = {"passed": PASSED, "left": LEFT_AT}
NAMES = ("ann", "ben", "cat")


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=0)
    yield made
    await made.close()


class Told:
    """What was said of messages: where each was sent, and when each outcome first came."""

    def __init__(self) -> None:
        self.of: dict[str, tuple[int, str, int, str]] = {}
        self.first: dict[tuple[str, str], int] = {}

    def count(self, workspace: int, journey: str) -> Counter[Place]:
        found: Counter[Place] = Counter()
        for (delivery, outcome), at in self.first.items():
            of, its, version, step = self.of[delivery]
            if (of, its) == (workspace, journey):
                found[version, step, outcome, at - at % HOUR] += 1
        return found


def receipt(town: Town, body: Body, at: int, *who: tuple[str, str]) -> Record:
    town.count += 1
    now = time.time_ns() // 1000
    return Record(digest("receipt", town.count), town.workspace, 1, SYSTEM, who, at, now, body)


async def engage(town: Town, dice: random.Random, told: Told) -> list[Record]:
    """Let a deliver worker and recipients be busy: some messages go out or fail, and what becomes of them is told in any order."""
    records, now = [], time.time_ns() // 1000
    for row in await town.database.fetch(
        "SELECT partition, id, workspace, journey, version, step, due FROM deliveries WHERE state = 'planned' ORDER BY id"
    ):
        state = dice.choice(["sent", "sent", "sent", "failed", "bounced", "unknown", "refused", ""])
        if not state:
            continue
        public, at = show_delivery(row["partition"], row["id"]), min(row["due"], now)
        town.choose(row["workspace"])
        told.of[public] = (row["workspace"], row["journey"], row["version"], row["step"])
        if state == "unknown":
            await town.database.execute(
                "UPDATE deliveries SET state = 'unknown', unknown_since = $3 WHERE partition = $1 AND id = $2",
                *(row["partition"], row["id"], at),
            )
        elif state == "refused":
            await town.database.execute(
                "UPDATE deliveries SET state = 'refused', settled = $3 WHERE partition = $1 AND id = $2",
                *(row["partition"], row["id"], at),
            )
            told.first[public, "dropped"] = at
            records.append(receipt(town, Receipt(public, "dropped"), at))
        else:
            await town.database.execute(
                f"UPDATE deliveries SET state = '{state}', {state}_at = $3 WHERE partition = $1 AND id = $2",
                *(row["partition"], row["id"], at),
            )
            told.first[public, state] = at
            records.append(receipt(town, Receipt(public, state), at))
            if dice.randrange(2):  # whoever it was handed to says so too, on a clock of their own
                records.append(receipt(town, Receipt(public, state), at + dice.choice([-HOUR, -1, 1, TICK])))
        if state not in ("sent", "unknown"):
            continue
        if not dice.randrange(5):  # whoever sends for us says that they dropped it after all, and says so twice
            told.first[public, "dropped"] = told.first.get((public, "dropped"), at)
            records += [receipt(town, Receipt(public, "dropped"), at) for _ in range(2)]
        for _ in range(dice.randrange(4)):
            metric = dice.choice(["delivered", "opened", "opened", "clicked", "machine", "unsubscribed"])
            later = min(at + dice.randrange(3) * dice.choice([TICK, HOUR]), now)
            outcome = "fetched" if metric == "machine" else metric
            told.first.setdefault((public, "sent"), at)  # also where nobody knew
            told.first[public, outcome] = min(later, told.first.get((public, outcome), later))
            body = Receipt(public, "opened", {"machine": True}) if metric == "machine" else Receipt(public, metric)
            records.append(receipt(town, body, later))
    dice.shuffle(records)
    return records


async def play(town: Town, flown: list[Flight], dice: random.Random, told: Told) -> list[int]:
    """Let all of it happen; gives the workspaces."""
    played, rows = [], list[Row]()
    now = time.time_ns() // TICK // 1000 * TICK
    for workspace, life, publishes in flown:
        start = now - (life[-1].minute + 5) * TICK
        bodies = [lasting(body) for body in (workspace.body, *(body for _, body in publishes))]
        names = {name for body in bodies for name in sends(body["journeys"])}
        id = await town.found()
        settings = {**workspace.body["settings"], "control_group": "50 %"}
        moments = [start - HOUR - TICK, *(start + minute * TICK + TICK // 2 for minute, _ in publishes)]
        for body, at in zip(bodies, moments, strict=True):
            whole = {**body, "settings": settings, "templates": dict.fromkeys(sorted(names), TEMPLATE)}
            rows += await town.control(whole, at)
        for name, earlier in zip(NAMES, (0, HOUR, 0), strict=True):
            rows += rows_of(id, life, start - earlier, name)
        played.append(id)
    await live(town, rows)
    await town.rest()
    await send(town, await engage(town, dice, told))
    parted = []
    for id in played:
        town.choose(id)
        await town.send(*(town.record(Event("Beta", {"n": 1}), ("id", name)) for name in NAMES))
        ben = await town.person("id", "ben")
        assert ben is not None
        await town.send(receipt(town, Merge(("id", "ben")), now, ("id", "ann")))
        parted += [(id, ben.id)] if dice.randrange(2) else []
    await send(town, await engage(town, dice, told))
    for id, ben in parted:
        town.choose(id)
        await town.send(receipt(town, Unmerge(ben), now, ("cio_id", show(ben))))
    for id in played:
        town.choose(id)
        await town.define(with_goals(town.body, dice))
    await town.rest()
    await town.built()
    await send(town, await engage(town, dice, told))
    return played


def lasting(body: dict[str, Any]) -> dict[str, Any]:
    """Let people stay longer in its first journey, and have something to reach there."""
    made = copy.deepcopy(body)
    entry = made["journeys"]["j0"]
    for document in (entry["document"], *entry.get("history", {}).values()):
        document["goal"] = {"event": "Beta", "within": "3 hours", "credit": "any sent"}
        for step in document["steps"]:
            if step["id"] == "settle":
                step["wait"] = "70 minutes"
    return made


async def send(town: Town, records: list[Record]) -> None:
    await town.append([(home(record), record) for record in records])
    await town.rest()


def with_goals(body: dict[str, Any], dice: random.Random) -> dict[str, Any]:
    """Give some of the journeys another goal."""
    made = dict(body["journeys"])
    for id, entry in body["journeys"].items():
        if dice.randrange(2):
            version = entry["version"] + 1
            goal = {"rule": f'did "Beta" at least {dice.randint(1, 3)} times', "within": "2 hours"}
            document = {**entry["document"], "goal": goal}
            history = {**entry.get("history", {str(version - 1): entry["document"]}), str(version): document}
            published = {**entry.get("published", {"1": 1}), str(version): 1_000}
            made[id] = {**entry, "version": version, "document": document, "history": history, "published": published}
    return {**body, "journeys": made}


async def lives(town: Town, workspace: int) -> list[bytes]:
    """Everybody whose history is of a workspace."""
    rows = await town.database.fetch(
        "SELECT id FROM people WHERE workspace = $1 UNION SELECT person FROM links WHERE workspace = $1", workspace
    )
    return [row[0] for row in rows]


async def history(town: Town, workspace: int, journey: str, goal: bytes | None) -> Counter[Place]:
    """Count the moves that history holds, one by one; a goal that was reached at the steps that are credited."""
    found: Counter[Place] = Counter()
    everybody = await lives(town, workspace)
    for (body,) in await town.database.fetch(
        "SELECT body FROM history WHERE person = ANY($1) AND kind = $2 AND name = $3", everybody, kinds.MOVED, journey
    ):
        move = unpack(body)
        what, hour, version = move["what"], move["time"] - move["time"] % HOUR, move["version"]
        if what == "converted":
            if move["goal"] == goal:
                for step in {"", *(step for step, _ in move.get("credited", ()))}:
                    found[version, step, what, hour] += 1
            continue
        found[version, move["step"], what, hour] += 1
        if move.get("control"):
            found[version, move["step"], f"{what}_control", hour] += 1
    return found


async def cancelled(town: Town, workspace: int, journey: str) -> Counter[Place]:
    """Count the messages that were taken back before they went out."""
    rows = await town.database.fetch(
        "SELECT version, step, settled FROM deliveries WHERE workspace = $1 AND journey = $2 AND state = 'cancelled'",
        *(workspace, journey),
    )
    return Counter((version, step, "dropped", at - at % HOUR) for version, step, at in rows)


async def standing(town: Town, workspace: int, journey: str) -> Counter[tuple[int, str]]:
    """Count the runs that stand somewhere, by what the documents say."""
    found: Counter[tuple[int, str]] = Counter()
    for (doc,) in await town.database.fetch("SELECT doc FROM people WHERE workspace = $1", workspace):
        for run in decode(doc).runs:
            if run.journey == journey and run.ended is None:
                found[run.version, run.step] += 1
    return found


async def behind(town: Town, journey: str, what: str, step: str, limit: int, **more: Any) -> int:
    """How many are listed, page by page."""
    count, after = 0, ""
    async with town.database.pool.acquire() as connection:
        while True:
            page = await people(connection, town.workspace, journey, what, step, after=after, limit=limit, **more)
            assert all(each.person for each in page.people)
            count += len(page.people)
            if page.next is None:
                return count
            after = page.next


@pytest.mark.parametrize(("workers", "batch", "seed", "count"), [(1, 1000, 41, 8), (2, 3, 42, 3)])
async def test_every_number_is_what_history_says(town: Town, workers: int, batch: int, seed: int, count: int) -> None:
    dice, told = random.Random(seed), Told()
    for _ in range(workers):
        await town.hire(batch)
    seen: Counter[str] = Counter()
    played = await play(town, flights(count, seed), dice, told)
    for worker in town.workers:
        worker.stop()  # nobody moves on while it is counted
    await asyncio.gather(*town.tasks)
    for workspace in played:
        town.choose(workspace)
        for journey, entry in town.body["journeys"].items():
            goal = journeys.read(entry["document"]).goal
            moved = await history(town, workspace, journey, goal.id if goal else None)
            taken_back = await cancelled(town, workspace, journey)
            naive = moved + told.count(workspace, journey) + taken_back
            stands = await standing(town, workspace, journey)
            await agree(town, journey, naive, stands, dice)
            seen.update({what: n for (_, _, what, _), n in naive.items()})
            seen["later versions"] += any(version > 1 for version, *_ in naive)
            seen["hours"] += len({hour for *_, hour in naive}) > 1
            seen["inside"] += stands.total()
            seen["cancelled"] += taken_back.total()
    if count == 8:
        assert all(seen[what] for what in SEEN)


async def agree(
    town: Town, journey: str, naive: Counter[Place], stands: Counter[tuple[int, str]], dice: random.Random
) -> None:
    versions = [None, *sorted({version for version, *_ in naive})]
    hours = [None, *sorted({hour for *_, hour in naive})]
    for version in versions:
        for hour in hours:
            listed = (version is None) is not (hour is None) or not dice.randrange(
                5
            )  # each of both, and some of their pairs
            span = {"since": hour, "until": hour + HOUR} if hour is not None else {}
            async with town.database.pool.acquire() as connection:
                found = await of_journey(connection, town.workspace, journey, version=version, hourly=True, **span)
            wanted = {
                place: n for place, n in naive.items() if version in (None, place[0]) and hour in (None, place[3])
            }
            assert {(n.version, n.step, n.what, n.hour): n.count for n in found.hourly if n.count} == wanted
            here: Counter[str] = Counter()
            for (own, step), n in stands.items():
                here[step] += n if version in (None, own) else 0
            at: Counter[tuple[str, str]] = Counter()
            for (_, step, what, _), n in wanted.items():
                at[step, what] += n
            whole = {"entered": at["", "entered"], "refused": at["", "refused"], "converted": at["", "converted"]}
            whole["done"] = sum(n for (_, what), n in at.items() if what == "done")
            whole["inside"] = sum(n for step, n in here.items() if step)
            assert whole == {what: getattr(found, what) for what in whole}
            assert at["", "entered_control"] == (found.control.entered if found.control else 0)
            control = at["", "entered_control"]
            more_of = {
                "queued": at["", "queued"],
                "entered_control": control,
                "entered_treated": whole["entered"] - control,
            }
            more_of["held_out"] = sum(n for (_, what), n in at.items() if what == "held_out")
            for what, n in [*whole.items(), *more_of.items()]:
                if (n and listed) or hour is version is None:
                    limit = dice.choice([1, 2, 50])
                    more = {"version": version} | (span if what != "inside" else {})
                    assert await behind(town, journey, what, "", limit, **more) == n, what
            for what in MESSAGES if listed and hour is None else ():
                everywhere = sum(n for (_, own), n in at.items() if own == what)
                assert await behind(town, journey, what, "", 50, version=version) == everywhere, what
            for each in found.steps:
                counts = {what: sum(at[each.step, each_of] for each_of in SUMS.get(what, (what,))) for what in PER_STEP}
                counts["converted"] = at[each.step, "converted"]
                assert each.waiting == here[each.step]
                assert (each.passed, each.left) == (counts["passed"], counts["left"])
                assert each.left_by == {what: counts[what] for what in LEFT_AT if counts[what]}
                if hour is None:
                    gone = sum(at[each.step, what] for what in GONE) - at[each.step, "returned"]
                    assert each.came == gone + each.waiting
                    assert await behind(town, journey, "inside", each.step, 2, version=version) == each.waiting
                for what, n in counts.items():
                    if n and listed:
                        limit = dice.choice([1, 2, 50])
                        found_there = await behind(town, journey, what, each.step, limit, version=version, **span)
                        assert found_there == n, (what, each.step, version, hour)
