"""Publishing a journey: what it would change and for whom, doing it, how far it has come, its versions, and the way back."""

from dataclasses import replace
from typing import Any, Final

import structlog
from litestar import delete, get, post
from msgspec import Struct

from tidings import journeys
from tidings.api.editing.routes import ChangeInWords
from tidings.api.here import Here, actor_of, part
from tidings.api.permit import may
from tidings.api.problem import Refusal, no_journey
from tidings.channels import secrets
from tidings.delivery.clock import wall_clock
from tidings.journeys.difference import difference
from tidings.journeys.document import templates as templates_of
from tidings.journeys.step import every
from tidings.kernel.problems import Invalid
from tidings.kernel.times import show_iso
from tidings.people import catalog, standing
from tidings.project import intake, status, store, versions
from tidings.project import ramp as ramps
from tidings.project.apply import Overtaken, Unapproved, begin_ramps, hide, put, take_in
from tidings.project.begun import check as check_ramp
from tidings.project.expect import expected
from tidings.project.flight import Flight, flights
from tidings.project.folder import Project
from tidings.project.named import foreign
from tidings.project.plan import ENDED
from tidings.project.progress import progress
from tidings.project.proposal import Proposal, proposed
from tidings.project.since import taken_back
from tidings.project.would import Would, would
from tidings.settings import Settings
from tidings.simulate.forecast import Forecast
from tidings.teams import audit

logger = structlog.get_logger(__name__)
RAMPS: Final = ("1% for 1 hour, 10% for 1 day, 100%", "10% for 1 day, 100%", "1%, 10%, 100%")
"""Ramps that a publisher may choose: two that go on by themselves, and one by hand."""


class PlanAsked(Struct):
    """What is to be published. ``version``: a former one, 0 for the draft; ``choices``: what becomes of people, by step. ``ramp``: let in a
    share of people first (`1% for 1 hour, 10% for 1 day, 100%`), "" everybody. ``take_in``: the rate at which people who match already come
    in (`1000 per hour`, `all`), "" nobody; where the publish waits for approval, it waits with it."""

    version: int = 0
    choices: dict[str, str] = {}
    ramp: str = ""
    take_in: str = ""


class PlanStop(Struct):
    """Those who stand at a step of the live version. ``changes``: what the publish says of the step; ``becomes``: what becomes of them;
    ``choice``: as it was chosen; ``open``: what else may be chosen; ``next``: the step of the new version that comes next for them, ""
    where none does. ``matters``: something happens here besides going on."""

    step: str
    people: int
    changes: list[str]
    becomes: str
    choice: str
    open: list[str]
    next: str
    matters: bool


class TakenAlong(Struct):
    """Something that comes into force with the journey, because it needs it. ``title``: what people call it."""

    kind: str
    name: str
    title: str


class PlanStep(Struct):
    """A step of the version that is to come."""

    id: str
    name: str


class JourneyPlan(Struct):
    """``over``: the definitions it was made against, to be named when it is published. ``revision``: of the draft, 0 for a former version.
    ``changes``: in words; ``first``: nothing of the journey is in force yet. ``approval``: it will wait for somebody else. ``ramps``:
    some to choose from, as `publish` takes them. ``matching``: who matches its trigger already, null where nobody can, or where it
    begins as before. ``since``: what the draft takes back of versions that came after it was begun."""

    over: int
    revision: int
    version: int
    first: bool
    changes: list[ChangeInWords]
    together: list[TakenAlong]
    inside: int
    stops: list[PlanStop]
    steps: list[PlanStep]
    warnings: list[str]
    approval: bool
    ramps: list[str] = []
    forecast: Forecast | None = None
    matching: Would | None = None
    since: list[str] = []


class Publishing(PlanAsked):
    """``over`` and ``revision``: as in the plan that was looked at. ``note``: what it is for, in the publisher's words. ``shadow``: it goes
    into force in shadow, where it does everything but send."""

    over: int = 0
    revision: int = 0
    note: str = ""
    shadow: bool = False


class TakeIn(Struct):
    """``rate``: `1000 per hour`, or `all`: as fast as workers are."""

    rate: str


class TakenIn(Struct):
    """Of people who match a journey already. ``matching``: how many do now; it lies between ``low`` and ``high``, 19 times out of 20, the
    same where they were counted. ``rate``: at which they are taken in, "" where nobody was. ``handed``: how many so far; ``share``: of all
    people looked through, 0 to 1. ``goes_on``: it is not over; ``why``: why it ended early."""

    matching: int
    low: int
    high: int
    rate: str
    handed: int
    share: float
    goes_on: bool
    why: str


class JourneyPublished(Struct):
    """``waiting``: the number under which it waits for approval; null where it is in force."""

    number: int
    version: int
    waiting: int | None


class RampState(Struct):
    """``share``: of people who are let in now (`100%`: everybody); ``on``: when time takes it on; ``stopped``: why it stands still, ""
    where
    it does not."""

    stages: str
    share: str
    on: str | None
    stopped: str


class RampMove(Struct):
    """``to``: a share, "" the next stage. ``resume``: go on after it was stopped."""

    to: str = ""
    resume: bool = False


class JourneyVersion(Struct):
    """``at``: null where it is not known. ``changes``: against the version before, in words. ``inside``: how many are on it now."""

    version: int
    at: str | None
    author: str
    approver: str
    note: str
    inside: int
    newest: bool
    changes: list[ChangeInWords]


class JourneyVersions(Struct):
    """The newest first."""

    versions: list[JourneyVersion]


class FormerVersion(Struct):
    """A version's document."""

    version: int
    document: dict[str, Any]


class Carrying(Struct):
    """How far everybody has been brought up to the newest definitions: ``share`` from 0 to 1; ``people`` handed in so far."""

    number: int
    share: float
    people: int
    done: bool


class JourneyEnds(Struct):
    """What a change of status would do: how many are inside, and how many messages are held because of a pause."""

    inside: int
    held: int


@post("/journeys/{journey:str}/plan", guards=[may("journeys:read")], status_code=200)
async def plan_journey(journey: str, data: PlanAsked, here: Here, settings: Settings) -> JourneyPlan:
    """Say what publishing a journey's draft, or a former version, would change, and what becomes of the people inside."""
    id = part(journey)
    found = await _proposed(here, id, data, settings.workspace_secrets)
    flight = next((each for each in await flights(here.pool, found.before, found.body) if each.journey == id), None)
    entry, old = found.body["journeys"][id], found.before.body.get("journeys", {}).get(id)
    after = journeys.read(entry["document"])
    changes = difference(journeys.read(old["document"]), after) if old is not None else []
    taken = {id: data.take_in} if data.take_in else {}
    matching = await would(here.pool, here.workspace.id, found.before.body, found.body, taken)
    match = next((each for each in matching if each.journey == id), None)
    if data.ramp:
        check_ramp(data.ramp)
    return JourneyPlan(
        found.before.number,
        next((each.revision for each in found.drafts if each.kind == "journey"), 0),
        entry["version"],
        old is None,
        [ChangeInWords(each.what, each.step, each.text) for each in changes],
        [
            TakenAlong(each.kind, each.name, str(each.body.get("name") or each.name))
            for each in found.drafts
            if each.kind != "journey"
        ],
        flight.inside if flight else 0,
        _stops(flight) if flight else [],
        [PlanStep(step.id, step.name) for step in every(after.steps)],
        _warnings(found, id),
        bool(found.before.body.get("settings", {}).get("approval")),
        list(RAMPS),
        await _forecast(here, found, id, match, data.ramp),
        match,
        await _since(here, found),
    )


async def _since(here: Here, found: Proposal) -> list[str]:
    own = next((each for each in found.drafts if each.kind == "journey"), None)
    if own is None:
        return []
    async with here.pool.acquire() as connection:
        return await taken_back(connection, found.before, own)


def _warnings(found: Proposal, journey: str) -> list[str]:
    """What deserves a word, each once: of the journey, what comes along with it, and the messages it sends."""
    document = journeys.read(found.body["journeys"][journey]["document"])
    own = {f"journey {journey}", *(f"{each.kind} {each.name}" for each in found.drafts)}
    own |= {f"template {template}" for _, template in templates_of(document)}
    return list(dict.fromkeys(each.message for each in found.problems if each.file in own))


@post("/journeys/{journey:str}/publish", guards=[may("journeys:publish")], status_code=200)
async def publish_journey(journey: str, data: Publishing, here: Here, settings: Settings) -> JourneyPublished:
    """Put a journey's draft, or a former version, in force as it was looked at; where approval is asked for, it waits for that."""
    id = part(journey)
    found = await _proposed(here, id, data, settings.workspace_secrets)
    revision = next((each.revision for each in found.drafts if each.kind == "journey"), 0)
    if (found.before.number, revision) != (data.over, data.revision):
        raise Refusal(412, "Something changed since you looked at this.", "Look at the plan again.", code="overtaken")
    if data.shadow:
        hide(found.body, id)
    if data.ramp:
        async with here.pool.acquire() as connection:
            await begin_ramps(connection, here.workspace.id, found.body, {id: data.ramp})
    entry = found.body["journeys"][id]
    version, name = entry["version"], entry["document"].get("name") or id
    note = data.note or (f"{name} back to version {data.version}" if data.version else "")
    try:
        applied = await put(
            here.pool,
            found.before,
            found.body,
            actor=actor_of(here),
            note=note,
            drafts=found.drafts,
            take_in={id: data.take_in} if data.take_in else {},
        )
    except Unapproved as waits:
        await _note(here, "asked to publish", id, {"request": waits.request.id, "version": version})
        return JourneyPublished(found.before.number, version, waits.request.id)
    except Overtaken as error:
        raise Refusal(412, "Somebody else published meanwhile.", "Look at the plan again.", code="overtaken") from error
    told: dict[str, Any] = {"version": version, "choices": data.choices, "number": applied.number}
    told |= {key: value for key, value in (("take_in", data.take_in), ("shadow", data.shadow)) if value}
    await _note(here, "published", id, told)
    return JourneyPublished(applied.number, version, None)


@get("/journeys/{journey:str}/take-in", guards=[may("journeys:read")])
async def read_take_in(journey: str, here: Here) -> TakenIn:
    """Say how many people match a journey already, and how far taking them in is."""
    return await _taken_in(here, part(journey))


@post("/journeys/{journey:str}/take-in", guards=[may("journeys:publish")], status_code=200)
async def begin_take_in(journey: str, data: TakeIn, here: Here) -> TakenIn:
    """Begin to take in people who match already; where approval is asked for, it waits for that."""
    id = part(journey)
    await take_in(here.pool, here.workspace.id, id, data.rate, actor=actor_of(here))
    await _note(here, "began to take people into", id, {"rate": data.rate})
    return await _taken_in(here, id)


@delete("/journeys/{journey:str}/take-in", guards=[may("journeys:publish")], status_code=200)
async def cancel_take_in(journey: str, here: Here) -> TakenIn:
    """Take in nobody more; who is in stays in."""
    id = part(journey)
    await intake.cancel(here.pool, here.workspace.id, id)
    await _note(here, "stopped taking people into", id, {})
    return await _taken_in(here, id)


async def _taken_in(here: Here, id: str) -> TakenIn:
    found = await intake.read(here.pool, here.workspace.id, id)
    goes_on = bool(found.rate) and found.ended is None
    return TakenIn(found.matching, found.low, found.high, found.rate, found.handed, found.share, goes_on, found.why)


@get("/journeys/{journey:str}/ramp", guards=[may("journeys:read")])
async def read_ramp(journey: str, here: Here) -> RampState:
    """Say how far a journey's ramp is."""
    async with here.pool.acquire() as connection:
        entry = _entry(await store.newest(connection, here.workspace.id), part(journey))
    return _ramp(entry)


@post("/journeys/{journey:str}/ramp", guards=[may("journeys:publish")], status_code=200)
async def move_ramp(journey: str, data: RampMove, here: Here) -> RampState:
    """Take a ramp on to its next stage, or to a share (`10%`; `100%` ends it), or resume one that was stopped."""
    id = part(journey)
    if data.resume:
        await ramps.resume(here.pool, here.workspace.id, id, actor_of(here))
    else:
        await ramps.go_on(here.pool, here.workspace.id, id, data.to, actor_of(here))
    await _note(here, "took on the ramp of", id, {"to": data.to, "resume": data.resume})
    async with here.pool.acquire() as connection:
        return _ramp(_entry(await store.newest(connection, here.workspace.id), id))


@get("/journeys/{journey:str}/versions", guards=[may("journeys:read")])
async def list_journey_versions(journey: str, here: Here) -> JourneyVersions:
    """List a journey's versions, the newest first, each with what it changed."""
    try:
        found = await versions.versions(here.pool, here.workspace.id, part(journey))
    except Invalid as error:
        raise no_journey(part(journey)) from error
    told = list[JourneyVersion]()
    before: journeys.Journey | None = None
    for each in reversed(found):
        after = journeys.read(each.document)
        changes = difference(before, after) if before is not None else []
        told.append(
            JourneyVersion(
                each.version,
                show_iso(each.at) if each.at else None,
                each.author,
                each.approver,
                each.note,
                each.inside,
                each.is_newest,
                [ChangeInWords(one.what, one.step, one.text) for one in changes],
            )
        )
        before = after
    return JourneyVersions(told[::-1])


@get("/journeys/{journey:str}/versions/{version:int}", guards=[may("journeys:read")])
async def read_journey_version(journey: str, version: int, here: Here) -> FormerVersion:
    """Read the document of a version."""
    async with here.pool.acquire() as connection:
        entry = _entry(await store.newest(connection, here.workspace.id), part(journey))
    document = entry["history"].get(str(version))
    if document is None:
        raise Refusal(404, f"`{part(journey)}` has no version {version}.", code="no_version")
    return FormerVersion(version, document)


@get("/progress", guards=[may("journeys:read")])
async def read_carrying(here: Here) -> Carrying:
    """Say how far everybody has been brought up to what was published last."""
    async with here.pool.acquire() as connection:
        found = await progress(connection, here.workspace.id)
    return Carrying(found.number, found.share, found.people, found.is_done or not found.number)


@get("/journeys/{journey:str}/ends", guards=[may("journeys:read")])
async def read_journey_ends(journey: str, here: Here) -> JourneyEnds:
    """Count whom pausing, closing or stopping a journey would concern, and which messages a pause holds back."""
    id = part(journey)
    async with here.pool.acquire() as connection:
        _entry(await store.newest(connection, here.workspace.id), id)
        inside = (await standing.inside(connection, here.workspace.id)).get(id, 0)
    return JourneyEnds(inside, await status.held_back(here.pool, here.workspace.id, id))


async def _proposed(here: Here, id: str, data: PlanAsked, allotted: secrets.Allotted) -> Proposal:
    async with here.pool.acquire() as connection:
        seen = await catalog.read(connection, here.workspace.id)
        choices = {id: data.choices} if data.choices else {}
        found = await proposed(connection, here.workspace, id, data.version, seen, choices)
        owner = await secrets.owner(connection, here.workspace.id)
    own = Project(journeys={id: found.body["journeys"][id]["document"]})
    return replace(found, problems=[*found.problems, *foreign(own, owner, allotted)])


async def _note(here: Here, what: str, id: str, after: Any) -> None:
    async with here.pool.acquire() as connection:
        await audit.note(connection, here.workspace.id, here.actor, what, "journey", id, after=after)


async def _forecast(here: Here, found: Proposal, id: str, matching: Would | None, ramp: str) -> Forecast | None:
    """What would come of it, as far as a moment's look at the recent past tells; a fault in that stands in nobody's way."""
    if found.before.body.get("journeys", {}).get(id, {}).get("status") in ENDED:
        return None  # nobody comes in
    try:
        return await expected(here.pool, here.workspace, found.before, found.body, id, matching, ramp)
    except Exception:
        logger.exception("a publish could not be forecast", journey=id)
        return None


def _ramp(entry: Any) -> RampState:
    told = ramps.says(entry, wall_clock())
    if told is None:
        return RampState("", "100%", None, "")
    return RampState(told["stages"], told["share"], show_iso(told["on"]) if told["on"] else None, told["stopped"])


def _stops(flight: Flight) -> list[PlanStop]:
    return [
        PlanStop(
            *(each.step, each.people, list(each.changes), each.becomes, each.choice, list(each.open)),
            next=each.next,
            matters=bool(each.matters),
        )
        for each in flight.stops
    ]


def _entry(in_force: store.InForce, id: str) -> Any:
    entry = in_force.body.get("journeys", {}).get(id)
    if entry is None:
        raise no_journey(id)
    return entry
