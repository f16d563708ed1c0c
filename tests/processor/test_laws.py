"""The laws once more, through the log: whole lives of several people, by workers that cut them into batches as they like.

Each story is a workspace of its own; all are sent at once, so every batch mixes them.
"""

import random
import time
from collections import Counter
from collections.abc import AsyncIterator
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import seed as seeded

from tests.conftest import Database
from tests.laws.naive import TICK
from tests.laws.real import START
from tests.laws.stories import Input, Workspace, lives, workspaces
from tests.laws.test_laws import LASTS, naive_log
from tests.processor.town import Town
from tidings.history import kinds
from tidings.kernel.ids import digest
from tidings.kernel.records import SECRET, Event, Identify, Record, encode, home
from tidings.people import lookup
from tidings.people.document import Person
from tidings.processor.facts import unpack

Story = tuple[Workspace, list[Input]]


def stories(count: int, seed: int) -> list[Story]:
    """Draw stories; the same seed draws the same."""
    drawn: list[Story] = []

    @seeded(seed)
    @settings(
        max_examples=count,
        deadline=None,
        database=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(workspaces(), lives())
    def draw(workspace: Workspace, life: list[Input]) -> None:
        drawn.append((workspace, life))

    draw()
    return drawn


@pytest.fixture
async def town(database: Database) -> AsyncIterator[Town]:
    made = await Town.make(database, workers=0)
    yield made
    await made.close()


TEMPLATE = {"version": 1, "format": "html", "text": "---\nchannel: email\nsubject: Hello\n---\nHello"}


def sends(document: Any) -> list[str]:
    """Find every template that steps send."""
    if isinstance(document, dict):
        own = [document["send"]] if isinstance(document.get("send"), str) else []
        return own + [name for value in document.values() for name in sends(value)]
    return [name for value in document for name in sends(value)] if isinstance(document, list) else []


async def whats(town: Town, workspace: int) -> set[str]:
    """What runs of a workspace came to: an endless loop is parked, which the naive world knows nothing of."""
    rows = await town.database.fetch(
        "SELECT h.body FROM history h JOIN people p ON p.id = h.person WHERE p.workspace = $1 AND h.kind = $2",
        workspace,
        kinds.MOVED,
    )
    return {unpack(row[0])["what"] for row in rows}


def until(life: list[Input]) -> int:
    return life[-1].minute + LASTS


Row = tuple[int, int, bytes]
"""(stamp, partition, record)."""


def rows_of(workspace: int, life: list[Input], start: int, name: str) -> list[Row]:
    """Give a life as rows of the log that came in at its own minutes, counted from ``start``."""
    rows = []
    for number, input in enumerate(life):
        now = start + input.minute * TICK
        body = Event(input.event, input.properties) if input.event else Identify(input.attributes)
        id = digest("life", workspace, name, number)
        record = Record(
            id, workspace, 1, SECRET, (("id", name),), now - input.late * TICK, now, body, ordered=input.ordered
        )
        rows.append((now, home(record), encode(record)))
    return rows


async def live(town: Town, rows: list[Row]) -> None:
    """Put rows into the log, in the order of their times."""
    rows.sort(key=lambda row: row[0])
    async with town.database.pool.acquire() as connection:
        await connection.copy_records_to_table("log", columns=("stamp", "partition", "body"), records=rows)


async def told(town: Town, workspace: int, name: str, start: int, last: int) -> list[tuple[str, str, int]]:
    """What history says happened to a person, in the naive world's words."""
    async with town.database.pool.acquire() as connection:
        found = await lookup.find(connection, workspace, "id", name)
    assert found is not None
    rows = await town.database.fetch(
        "SELECT kind, name, time, body FROM history WHERE person = $1 AND kind = ANY($2) ORDER BY received, place, seq",
        found[1],
        [kinds.MEMBERSHIP, kinds.MOVED, kinds.PLANNED],
    )
    story = []
    for kind, what, at, body in rows:
        said = unpack(body)
        if kind == kinds.MEMBERSHIP:
            story.append(("entered" if said["on"] else "left", what, at))
        elif kind == kinds.PLANNED:
            story.append(("sent", what, at))
        elif said["what"] == "converted" and said.get("currency"):
            story.append((f"converted for {said['value'] // 1_000_000}", what, at))
        elif said["what"] in ("refused", "converted", "exited", "done"):
            story.append((said["what"], what, at))
        elif said["what"] == "entered":
            story.append(("came", what, at))
    lines = [(what, which, (at - start) // TICK) for what, which, at in story]
    return [line for line in lines if line[2] <= last]


async def put(town: Town, story: Story, at: int) -> int:
    """Make a workspace of the story, its definitions in force from a moment on; gives its id."""
    workspace = await town.found()
    await town.define(story[0].body, at)
    return workspace


@pytest.mark.parametrize(
    ("workers", "batch", "seed", "count"), [(1, 1000, 1, 25), (1, 1, 2, 5), (2, 3, 3, 10), (3, 50, 4, 25)]
)
async def test_the_processor_agrees_with_the_naive_world(
    town: Town, workers: int, batch: int, seed: int, count: int
) -> None:
    played: list[tuple[int, Story]] = []
    rows: list[Row] = []
    for story in stories(count, seed):
        story[0].body["templates"] = {f"{letter}": TEMPLATE for letter in sends(story[0].body["journeys"])}
        workspace = await put(town, story, START - TICK)
        rows += rows_of(workspace, story[1], START, "ann")
        played.append((workspace, story))
    await live(town, rows)
    for _ in range(workers):
        await town.hire(batch)
    await town.rest()
    for workspace, story in played:
        last = until(story[1])
        expected, _ = naive_log(*story, last)
        found = await told(town, workspace, "ann", START, last)
        assert found == expected or "parked" in await whats(town, workspace)
    await numbers_agree(town)


async def numbers_agree(town: Town) -> None:
    """Numbers per step are the moves that history holds, counted."""
    moved: Counter[tuple[int, str, int, str, str]] = Counter()
    rows = await town.database.fetch(
        "SELECT p.workspace, h.body FROM history h JOIN people p USING (partition) WHERE p.id = h.person AND h.kind = 21"
    )
    for workspace, body in rows:
        move = unpack(body)
        moved[workspace, move["journey"], move["version"], move["step"], move["what"]] += 1
    counted = await town.database.fetch(
        "SELECT workspace, journey, version, step, what, sum(count)::bigint FROM step_numbers GROUP BY 1, 2, 3, 4, 5"
    )
    assert {tuple(row)[:5]: row[5] for row in counted} == moved


@pytest.mark.parametrize("seed", [11, 12])
async def test_a_segment_made_late_is_as_if_it_had_always_been(town: Town, seed: int) -> None:
    """Half of the people are touched after the change and before the build reaches them; the others only by the build."""
    played = []
    rows: list[Row] = []
    dice = random.Random(seed)
    await town.hire(20)
    now = time.time_ns() // 1000
    for workspace, life in stories(8, seed):
        last = until(life)
        start = (now // TICK - last) * TICK
        id = await town.found()
        body: dict[str, Any] = {"segments": workspace.body["segments"]}
        first = {"segments": dict(list(body["segments"].items())[: dice.randrange(2)])}
        await town.define(first, start - TICK)
        for name in ("ann", "ben"):
            rows += rows_of(id, life, start, name)
        played.append((id, workspace, life, start, last, body))
    await live(town, rows)
    await town.rest()
    for id, _, _, _, _, body in played:
        town.choose(id)
        await town.define(body)
    for id, *_ in played:
        town.choose(id)
        await town.append([(home(record), record) for record in [town.record(Event("Other", {}), ("id", "ben"))]])
    await town.built()
    for id, workspace, life, _, last, _ in played:
        members = naive_log(Workspace(workspace.body, workspace.segments, []), life, last)[1][-1]
        for name in ("ann", "ben"):
            town.choose(id)
            person = await town.person("id", name)
            assert person is not None
            assert frozenset(person.segments) == members, (workspace.body["segments"], name)
            assert await memberships(town, person) == members


async def memberships(town: Town, person: Person) -> frozenset[str]:
    rows = await town.database.fetch("SELECT segment FROM memberships WHERE person = $1", person.id)
    return frozenset(row[0] for row in rows)
