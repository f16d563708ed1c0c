"""Put definitions in force: a new numbered snapshot and, in the same transaction, a control record in every partition's log."""

import time
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from tidings.database.pool import Connection, Pool
from tidings.delivery import resuming
from tidings.delivery.listing import waiting_of
from tidings.delivery.store import wake
from tidings.engine.definitions import Workspace, seal
from tidings.engine.pins import pin
from tidings.journeys.pauses import ended_later, ends
from tidings.kernel.actor import NOBODY, Actor
from tidings.kernel.ids import PARTITIONS, digest
from tidings.kernel.problems import Invalid, Problem
from tidings.kernel.records import SYSTEM, Control, Record, encode
from tidings.log.postgres import append
from tidings.people import standing
from tidings.processor.force import readable
from tidings.project import intake, labels, renaming, store
from tidings.project.begun import begun, begun_later
from tidings.project.body import NO_CHOICES, Choices, make_body
from tidings.project.changed import differs
from tidings.project.folder import Project
from tidings.project.store import NOBODY_IN, Draft, InForce, Request, Said

NO_RAMPS: Final[Mapping[str, str]] = {}


class Overtaken(Exception):
    """Somebody else changed the definitions since they were looked at; look again."""

    def __init__(self, seen: int, found: int) -> None:
        super().__init__(f"definitions {found} came into force meanwhile, this was made against {seen}; plan again")
        self.seen, self.found = seen, found


class Unapproved(Exception):
    """The workspace asks for approval: this waits for it as ``request``."""

    def __init__(self, request: Request) -> None:
        super().__init__(
            f"this waits for approval as number {request.id}; somebody else than {request.asked_by} approves it"
        )
        self.request = request


Noting = Callable[[Connection], Awaitable[None]]


@dataclass(frozen=True)
class Applied:
    """``number`` is in force from the control records on; ``changed``: whether it is a new one."""

    number: int
    changed: bool


async def apply(
    pool: Pool,
    workspace: int,
    project: Project,
    *,
    over: int | None = None,
    actor: Actor = NOBODY,
    note: str = "",
    said: Said | None = None,
    choices: Choices = NO_CHOICES,
    shadow: str = "",
    ramps: Mapping[str, str] = NO_RAMPS,
    take_in: Mapping[str, str] = NOBODY_IN,
) -> Applied:
    """Put the project in force. ``over``: the number its plan was made against; ``note``: what it is for, in the author's words; ``said``:
    what the files it was made from say, against which the next folder is compared; ``choices``: what becomes of
    people inside; ``shadow``: a journey that goes into force in shadow; ``ramps``: journeys that begin a ramp, as it is written;
    ``take_in``: as for `put`.

    Raises Invalid for faulty documents and choices, Overtaken where another change came in between. What equals the definitions in force
    writes nothing.
    """
    async with pool.acquire() as connection:
        before = await store.newest(connection, workspace)
    if over is not None and before.number != over:
        raise Overtaken(over, before.number)
    body = make_body(project, before.body, choices)
    if shadow:
        hide(body, shadow)
    if ramps:
        async with pool.acquire() as connection:
            await begin_ramps(connection, workspace, body, ramps)
    return await put(pool, before, body, actor=actor, note=note, said=said, take_in=take_in)


async def _now(
    connection: Connection, before: InForce, body: Mapping[str, Any], number: int, request: Request
) -> Mapping[str, Any]:
    """Give what was asked for earlier as it comes into force now."""
    now = time.time_ns() // 1000
    entries = {}
    for id, entry in body.get("journeys", {}).items():
        former = before.body.get("journeys", {}).get(id, {})
        waiting = await waiting_of(connection, before.workspace, id) if ends(former, entry) else 0
        ended = ended_later(former, entry, number, now, waiting)
        entries[id] = await begun_later(connection, before.workspace, id, former, ended, now - request.asked_at)
    return {**body, "journeys": entries}


async def take_in(
    pool: Pool, workspace: int, journey: str, rate: str, *, actor: Actor = NOBODY, noting: "Noting | None" = None
) -> Applied:
    """Begin to take in people who match a journey already, and change nothing else. Raises Invalid, and Unapproved."""
    async with pool.acquire() as connection:
        before = await store.newest(connection, workspace)
    return await put(pool, before, before.told, actor=actor, take_in={journey: rate}, noting=noting)


def hide(body: Mapping[str, Any], journey: str) -> None:
    """Let a journey of a body go into force in shadow."""
    body["journeys"][journey] = {**body["journeys"][journey], "shadow": True}


async def begin_ramps(
    connection: Connection, workspace: int, body: Mapping[str, Any], ramps: Mapping[str, str]
) -> None:
    """Let journeys of a body begin a ramp with it. Raises Invalid."""
    for journey, text in ramps.items():
        body["journeys"][journey] = {
            **body["journeys"][journey],
            "ramp": await begun(connection, workspace, journey, text),
        }


async def put(
    pool: Pool,
    before: InForce,
    body: Mapping[str, Any],
    *,
    actor: Actor = NOBODY,
    note: str = "",
    drafts: Sequence[Draft] = (),
    said: Said | None = None,
    approved: tuple[Request, Actor] | None = None,
    urgent: bool = False,
    noting: Noting | None = None,
    take_in: Mapping[str, str] = NOBODY_IN,
) -> Applied:
    """Put a body in force after ``before``, which must still be the newest. Raises Overtaken.

    ``drafts``: those that are published by it; they go with it, unless somebody has written on meanwhile. Where the definitions in force
    ask for approval, it raises Unapproved, unless it is ``approved`` (by whom) or ``urgent``: what holds messages back waits for nobody.
    ``noting``: is given the connection within the transaction that puts it in force, to write down that it was done.
    ``take_in``: journeys that begin with it to take in who matches already, each with its rate; it waits for approval as the rest does.
    """
    intake.check(body, take_in)
    same = bool(before.number) and before.told == body
    if same and not take_in:
        if said is not None:
            async with pool.acquire() as connection:
                await store.keep_said(connection, before.workspace, before.number, said.documents, whole=said.whole)
        return Applied(before.number, changed=False)
    workspace, number = before.workspace, before.number if same else before.number + 1
    if before.body.get("settings", {}).get("approval") and approved is None and not urgent:
        async with pool.acquire() as connection:
            now = time.time_ns() // 1000
            asked = await store.ask(
                connection, workspace, before.number, body, drafts, note, actor.id, now, said, take_in
            )
        raise Unapproved(asked)
    approver = approved[1].id if approved is not None else ""
    async with pool.acquire() as connection:
        if approved is not None:
            body = await _now(connection, before, body, number, approved[0])
        body = before.body if same else await complete(connection, before, body)
        sealed: Mapping[str, Any] | None = before.body if same else None
        changes: list[str] = []
        for _ in range(2):  # sealed before the transaction, which stays short; the secret does not change
            async with connection.transaction():
                secret = await store.lock(connection, workspace)
                if secret is None:
                    raise Invalid([Problem(f"there is no workspace {workspace}", "name one that exists")])
                found = await store.newest(connection, workspace)
                if found.number != before.number:
                    raise Overtaken(before.number, found.number)
                if sealed is not None:
                    now = time.time_ns() // 1000
                    if not same:
                        made = InForce(workspace, number, sealed, now, actor.id, approver, note, changes)
                        await store.keep(connection, made)
                    if approved is not None and not await store.settle_request(
                        connection, approved[0].id, approver, now, approved=True
                    ):
                        raise Invalid([Problem("somebody else has just approved or declined it", "look at it again")])
                    if noting is not None:
                        await noting(connection)
                    for draft in drafts:
                        await store.discard_draft(connection, workspace, draft.kind, draft.name, draft.revision)
                    for former, new in renaming.renamed(before.body, body):
                        await renaming.carry(connection, workspace, former, new)
                    await labels.forget(connection, workspace, labels.removed(before.body, body))
                    if said is not None:
                        await store.keep_said(connection, workspace, number, said.documents, whole=said.whole)
                    if not same:
                        await append(connection, _controls(workspace, number, now))
                    await intake.begin(connection, workspace, number, take_in)
                    break
            if sealed is None:
                sealed = _sealed(Workspace(workspace, secret), number, dict(body), before.body)
                changes = differs(before.body, sealed)
        await _release(connection, before, body)
    return Applied(number, changed=not same)


async def _release(connection: Connection, before: InForce, body: Mapping[str, Any]) -> None:
    """Have messages looked at that a pause held which has just ended."""
    former = before.body.get("journeys", {})
    ended = [id for id, entry in body.get("journeys", {}).items() if ends(former.get(id, {}), entry)]
    for id in ended:
        await resuming.look(connection, before.workspace, id, time.time_ns() // 1000)
    if ended:
        await wake(connection)


def _sealed(workspace: Workspace, number: int, body: dict[str, Any], before: Mapping[str, Any]) -> dict[str, Any]:
    """Complete a body, and see that workers will be able to read it, whoever made it."""
    try:
        sealed = seal(workspace, number, body, before)
        readable(workspace, number, sealed)
    except Invalid:
        raise
    except Exception as error:
        raise Invalid([Problem(f"this can't be put in force: {error}", "correct it; nothing was written")]) from error
    return sealed


async def complete(connection: Connection, before: InForce, body: Mapping[str, Any]) -> dict[str, Any]:
    """Write into journeys that have a new version which definitions it came with, on which former versions people may stand, and what
    those pin.

    Nobody comes onto a former version any more, so those that are found now are all there will be.
    """
    made = {**body, "journeys": dict(body.get("journeys", {}))}
    for id, entry in made["journeys"].items():
        old = before.body.get("journeys", {}).get(id)
        version = entry["version"]
        if old is not None and old["version"] == version:
            continue
        published = {**entry.get("published", {}), str(version): before.number + 1}
        held = [] if old is None else await _held(connection, before.workspace, id, old)
        made["journeys"][id] = {**entry, "published": published, "held": held}
    await _pin(connection, before, made["journeys"])
    return made


async def _pin(connection: Connection, before: InForce, entries: dict[str, Any]) -> None:
    """Write down what former versions pin: of the one that was live, and of those that were left when nobody wrote it down."""
    lacking = {
        (id, version): entry["published"][str(version + 1)] - 1
        for id, entry in entries.items()
        for version in entry.get("held", ())
        if str(version) not in entry.get("pins", {})
        and str(version) in entry["history"]
        and str(version + 1) in entry.get("published", {})
    }
    known = {before.number: before.body.get("templates", {})}
    known |= await store.templates(
        connection, before.workspace, [each for each in lacking.values() if each not in known]
    )
    for (id, version), number in lacking.items():
        entry = entries[id]
        pinned = pin(entry["history"][str(version)], number, known[number])
        entries[id] = {**entry, "pins": {**entry.get("pins", {}), str(version): pinned}}


async def _held(connection: Connection, workspace: int, id: str, old: Mapping[str, Any]) -> list[int]:
    """The version that was live, former ones on which somebody stands, and all of which somebody may keep the terms."""
    counts = await standing.counts(connection, workspace, id)
    stood = {version for versions in counts.values() for version in versions}
    kept = {step for chosen in old.get("carries", {}).values() for step, choice in chosen.items() if choice == "keep"}
    before = set(old.get("held", ()))
    return sorted({old["version"], *(before if kept & set(counts) else before & stood)})


def _controls(workspace: int, number: int, now: int) -> list[tuple[int, bytes]]:
    return [
        (
            partition,
            encode(
                Record(
                    id=digest("control", workspace, number, partition),
                    workspace=workspace,
                    source=0,
                    trust=SYSTEM,
                    who=(),
                    time=now,
                    received=now,
                    body=Control(number),
                )
            ),
        )
        for partition in range(PARTITIONS)
    ]
