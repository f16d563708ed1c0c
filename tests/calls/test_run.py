"""From a `run` step through a real process to the run that reads the answer."""

from typing import Any

from tests.calls.world import Outside, Receiver
from tests.channels.servers.http import json, serving
from tests.commits import waited, watch
from tidings.kernel.records import Event
from tidings.people.document import Run
from tidings.people.standing import Which
from tidings.project.apply import apply
from tidings.project.folder import Project, Source
from tidings.project.parked import listed, retry
from tidings.teams.audit import Actor

ACTOR = Actor(None, "ops@example.com")
WAIT = {"id": "end", "wait": "1 day"}
WAITS = {"id": "wait", "wait_until": 'did "Now"'}
SCORE = "def score(n: int, http=None):\n    return {'points': n * 10}\n"
BROKEN = "def score(n: int):\n    raise ValueError(f'no {n}')\n"
ASKS = "def score(n: int, url: str, http):\n    return http.post(url, headers={'Authorization': 'Bearer {{ secret }}'}).json()\n"


def step(**more: Any) -> dict[str, Any]:
    return {"id": "s", "run": "score", "with": {"n": "{{ event.n }}"}, "as": "score"} | more


async def test_what_it_returns_is_read_by_the_run(outside: Outside) -> None:
    async with outside.calling(actions=True):
        await outside.begin(step(), WAIT, actions={"score": SCORE})
        assert (await outside.at_step("end")).values == {"score": {"points": 30}}


async def test_it_is_called_only_after_a_commit_that_waits_for_the_disk(outside: Outside) -> None:
    await watch(outside.town.database, calls="claimed_by")
    async with outside.calling(actions=True):
        await outside.begin(step(), WAIT, actions={"score": SCORE})
        await outside.at_step("end")
    found = await waited(outside.town.database)
    assert found["INSERT calls"], "one was asked for"
    assert found["UPDATE calls"] == {True}


async def test_an_exception_parks_the_run_which_tries_again_with_the_new_code(outside: Outside) -> None:
    async with outside.calling(actions=True):
        await outside.begin(step(), WAIT, actions={"score": BROKEN})
        while not (run := await outside.run()).parked:
            await outside.town.rest()
        assert run.parked == "failed: actions/score.py:2: ValueError: no 3"
        pool, workspace = outside.town.database.pool, outside.town.workspace
        async with pool.acquire() as connection:
            (still,) = (await listed(connection, workspace, Which("j"))).runs
        assert (still.id, still.step, still.fault) == ("ada", "s", run.parked)
        assert "raise ValueError(f'no {n}')" in still.detail
        await outside.define(step(), WAIT, actions={"score": SCORE})
        assert await retry(pool, workspace, Which("j"), ACTOR) == {run.parked: 1}
        assert (await outside.at_step("end")).values == {"score": {"points": 30}}
    assert await retry(pool, workspace, Which("j"), ACTOR) == {}


async def test_it_runs_the_code_its_step_was_reached_under(outside: Outside) -> None:
    await outside.begin(step(), WAIT, actions={"score": SCORE})
    await outside.define(step(), WAIT, actions={"score": BROKEN})
    async with outside.calling(actions=True):
        assert (await outside.at_step("end")).values == {"score": {"points": 30}}


async def put(outside: Outside, source: str, *steps: Any) -> None:
    """Put a version of the journey in force, with the function."""
    document = {"journey": "j", "trigger": {"event": "Go"}, "steps": list(steps)}
    project = Project(
        settings={"workspace": "town"}, journeys={"j": document}, actions={"score": Source(source, "python")}
    )
    await apply(outside.town.database.pool, outside.town.workspace, project)
    await outside.town.rest()
    await outside.town.built()


async def go(outside: Outside, event: str) -> None:
    await outside.town.send(outside.town.record(Event(event, {"n": 3}), ("id", "ada")))


async def parked(outside: Outside, visit: int = -1) -> Run:
    """Wait until the run stands still, on another visit than that."""
    while not (run := await outside.run()).parked or run.visit == visit:
        await outside.town.rest()
    return run


async def test_a_former_version_runs_the_code_it_pins_and_tries_again_with_what_is_in_force(outside: Outside) -> None:
    pool, workspace = outside.town.database.pool, outside.town.workspace
    async with outside.calling(actions=True):
        await put(outside, BROKEN, WAITS, step(), WAIT)
        await go(outside, "Go")
        await put(outside, SCORE, WAIT)
        await go(outside, "Now")
        run = await parked(outside)
        assert (run.version, run.parked) == (1, "failed: actions/score.py:2: ValueError: no 3")
        await put(outside, "def points(n: int):\n    return 1\n", WAIT)  # which has another name now
        await retry(pool, workspace, Which("j"), ACTOR)
        assert (await parked(outside, run.visit)).parked == "failed: actions/score.py:2: ValueError: no 3"
        await put(outside, SCORE, WAIT)
        await retry(pool, workspace, Which("j"), ACTOR)
        assert (await outside.at_step("end")).values == {"score": {"points": 30}}


async def test_who_tries_again_gives_the_arguments_that_the_live_version_gives(outside: Outside) -> None:
    pool, workspace = outside.town.database.pool, outside.town.workspace
    many = "def score(many: int):\n    return {'points': many}\n"
    async with outside.calling(actions=True):
        await put(outside, BROKEN, WAITS, step(), WAIT)
        await go(outside, "Go")
        await put(outside, SCORE, WAIT)
        await go(outside, "Now")
        run = await parked(outside)
        await put(outside, many, WAIT)
        await retry(pool, workspace, Which("j"), ACTOR)
        run = await parked(outside, run.visit)
        assert run.parked == (
            "failed: the function in force does not take what version 1 gives it: `score` takes no `n`; "
            "version 2 runs it at no step `s`"
        )
        await put(outside, many, step(**{"with": {"many": "{{ event.n }}"}}), WAIT)
        await retry(pool, workspace, Which("j"), ACTOR)
        run = await outside.at_step("end")
        assert (run.version, run.values) == (1, {"score": {"points": 3}})


async def test_it_is_off_unless_the_operator_allows_it(outside: Outside) -> None:
    async with outside.calling():
        await outside.begin(step(on_error="go on"), WAIT, actions={"score": SCORE})
        assert (await outside.at_step("end")).values == {}
    assert any("TIDINGS_ACTIONS=yes" in why for why in await outside.whys())


async def test_a_value_of_the_wrong_type_starts_no_process(outside: Outside) -> None:
    async with outside.calling(actions=True):
        await outside.begin(step(**{"with": {"n": "many"}, "on_error": "go on"}), WAIT, actions={"score": SCORE})
        await outside.at_step("end")
    assert any("n is 'many', which is no int" in why for why in await outside.whys())


async def test_a_result_of_another_type_than_it_says_parks_the_run(outside: Outside) -> None:
    says = "def score(n: int) -> dict[str, int]:\n    return {'points': f'{n}0'}\n"
    async with outside.calling(actions=True):
        await outside.begin(step(), WAIT, actions={"score": says})
        while not (run := await outside.run()).parked:
            await outside.town.rest()
    assert run.parked == "failed: `score`: what it returned.points is '30', which is no int"


async def test_its_requests_carry_the_secret_which_it_never_holds(outside: Outside) -> None:
    receiver = Receiver(json(200, {"ok": True}))
    async with serving(receiver) as url, outside.calling(actions=True):
        given = {"with": {"n": 1, "url": url}, "secret": "TIDINGS_SECRET_SCORE"}
        await outside.begin(step(**given), WAIT, actions={"score": ASKS})
        assert (await outside.at_step("end")).values == {"score": {"ok": True}}
    assert receiver.requests[0].headers["authorization"] == "Bearer hush"


async def test_its_requests_reach_no_private_address(outside: Outside) -> None:
    receiver = Receiver()
    async with serving(receiver) as url, outside.calling(allow=(), actions=True):
        await outside.begin(step(**{"with": {"n": 1, "url": url}}), WAIT, actions={"score": ASKS})
        while not (run := await outside.run()).parked:
            await outside.town.rest()
    assert "may not be reached" in run.parked
    assert receiver.requests == []
