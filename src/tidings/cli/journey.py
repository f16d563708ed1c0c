"""``journey``: the journeys in force, and who may enter them."""

from typing import Annotated, Literal

from cyclopts import Parameter
from msgspec import to_builtins
from rich.markup import escape

from tidings.cli import show
from tidings.cli.asking import HERE, AsJson, Folder, WorkspaceName, Yes, agreed
from tidings.cli.flight import ChoicesFile, Choose, read_choices
from tidings.cli.installation import installation, workspace_of
from tidings.cli.project import Preferred, put
from tidings.database.pool import Connection, one_moment
from tidings.delivery import listing as deliveries
from tidings.delivery.clock import wall_clock
from tidings.delivery.compose import Unready, anew, reading
from tidings.delivery.delivery import Delivery
from tidings.delivery.workspaces import Workspaces
from tidings.journeys.goal import show_amount
from tidings.kernel.times import DAY, show_iso
from tidings.people.standing import Which
from tidings.project import flight, intake, status
from tidings.project import parked as parking
from tidings.project import ramp as ramps
from tidings.project.apply import take_in as begin_taking_in
from tidings.project.behind import reasons
from tidings.project.numbers import Sides, StepNumbers, of_journey
from tidings.project.shadow import shadow as put_in_shadow
from tidings.project.store import newest
from tidings.teams.audit import Actor

_OUTCOMES = ("sent", "delivered", "opened", "clicked", "converted", "bounced", "failed", "dropped")
Id = Annotated[str, Parameter(help="The journey's id.")]
AtStep = Annotated[str, Parameter(help="Only those at this step.")]
_SAYS = {
    "pause": "is paused: nobody enters and nothing is sent, while time goes on",
    "resume": "is live",
    "close": "is closed: nobody enters, those inside finish",
    "stop": "is stopped: every run ends",
}


async def show_all(*, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """List the journeys in force, with version, status and how many people are inside."""
    async with installation() as here:
        own = await here.workspace(workspace)
        known = await status.statuses(here.pool, own.id)
        inside = await flight.inside(here.pool, own.id)
    columns = ("id", "version", "status", "inside", "name")
    rows = [(id, version, state, inside.get(id, 0), name) for id, (version, state, name) in known.items()]
    if json:
        show.show_json([dict(zip(columns, row, strict=True)) for row in rows])
    else:
        show.table(columns, rows, "no journeys are in force")
    return show.DONE


async def show_numbers(
    journey: Id,
    *,
    version: Annotated[int | None, Parameter(help="Only this version's.")] = None,
    days: Annotated[int | None, Parameter(help="Only of the last so many days.")] = None,
    hours: Annotated[
        bool, Parameter(negative="", help="Hour by hour; what is older than 90 days, day by day.")
    ] = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Show what happened at each step: who came, waits there, passed and left, and what became of its messages."""
    since = None if days is None else wall_clock() - days * DAY
    async with installation() as here:
        own = await here.workspace(workspace)
        async with one_moment(here.pool) as connection:
            found = await of_journey(connection, own.id, journey, version=version, since=since, hourly=hours)
            unsent = await reasons(connection, own.id, journey, version=version, since=since)
    if json:
        show.show_json({**to_builtins(found), "not_sent": to_builtins(unsent)})
        return show.DONE
    if found.queued:
        show.say(f"{found.queued} {'waits' if found.queued == 1 else 'wait'} to be let in")
    if found.counting:
        show.say("[dim]the goal is still to be counted of those who came before it was so; the worker does it[/]")
    for line in found.unknown:
        show.say(f"[dim]{escape(line)}[/]")
    if found.value:
        worth = ", ".join(show_amount(value, currency) for currency, value in sorted(found.value.items()))
        show.say(f"worth {escape(worth)}")
    if found.compared is not None:
        show.say(_compared(found.compared, "who get marketing", "in the control group"))
    for split, sides in found.held.items():
        show.say(escape(_compared(sides, f"who went on at {split}", "who were held out there")))
    if hours:
        lines = [(show_iso(each.hour), each.version, each.step, each.what, each.count) for each in found.hourly]
        show.table(("hour", "version", "step", "what", "count"), lines, "nothing was counted yet")
        return show.DONE
    columns = ("step", "does", *(("came",) if since is None else ()), "waiting", "passed", "left", *_OUTCOMES)
    rows = [
        (
            *(step.step, step.kind or "(gone)"),
            *((step.came,) if since is None else ()),
            *(step.waiting, step.passed, _left(step)),
            *(step.counts.get(outcome, "") for outcome in _OUTCOMES),
        )
        for step in found.steps
    ]
    show.say(
        f"{found.entered} entered, {found.inside} inside, {found.done} reached the end, {found.converted} converted, "
        f"{found.refused} were not let in"
    )
    show.table(columns, rows, "it has no steps")
    for each in unsent:
        show.say(f"[yellow]{each.count:,} {each.what}[/] at {escape(each.step)}: {escape(each.why)}")
    return show.DONE


def _left(step: StepNumbers) -> str:
    """How many left there, and why."""
    why = ", ".join(f"{count} {what}" for what, count in step.left_by.items())
    return f"{step.left} ({why})" if why else "0"


def _compared(sides: Sides, got: str, others: str) -> str:
    """Say how those who ``got`` something did beside the ``others``."""
    treated, control, lift = sides.treated, sides.control, sides.lift
    shares = (
        f"{treated.share:.1%} of {treated.entered} {got} converted, {control.share:.1%} of {control.entered} {others}"
    )
    if lift is None:
        return f"{shares}: too few to compare"
    return f"{shares}: {lift:+.0%}" + ("" if sides.is_sure else ", which may well be chance")


async def publish(
    journey: Id,
    path: Folder = HERE,
    *,
    choose: Choose = None,
    choices: ChoicesFile = None,
    yes: Yes = False,
    shadow: Annotated[bool, Parameter(negative="", help="In shadow: it does everything but send.")] = False,
    ramp: Annotated[
        str,
        Parameter(
            help="Let in a share of people first, and more as time goes on: `1% for 1 hour, 10% for 1 day, 100%`."
        ),
    ] = "",
    take_in: Annotated[
        str, Parameter(help="Take in people who match it already, at a rate: `1000 per hour`, or `all`.")
    ] = "",
    prefer: Preferred = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Put one journey of a project in force, with the messages and segments it is made of, and leave the rest as it is.

    Shows the plan and asks, like `apply`.
    """
    taken = {journey: take_in} if take_in else {}
    return await put(path, journey, read_choices(choose, choices), yes, prefer, workspace, json, shadow, ramp, taken)


async def take_in(
    journey: Id,
    *,
    rate: Annotated[str, Parameter(help="Begin, at this rate: `1000 per hour`, or `all`.")] = "",
    cancel: Annotated[bool, Parameter(negative="", help="Take in nobody more.")] = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Take in people who match a journey already, at a rate; show how many do, and how far it is."""
    async with installation() as here:
        own = await here.workspace(workspace)
        if cancel:
            await intake.cancel(here.pool, own.id, journey)
        elif rate:
            await begin_taking_in(here.pool, own.id, journey, rate, actor=show.operator())
        found = await intake.read(here.pool, own.id, journey)
    if json:
        show.show_json(to_builtins(found))
        return show.DONE
    about = f"{found.matching:,}"
    if found.low != found.high:
        about = f"about {about} ({found.low:,} to {found.high:,})"
    show.say(f"{about} {'matches' if found.matching == 1 else 'match'} {escape(journey)} now")
    if found.rate:
        state = "goes on" if found.ended is None else found.why or "is done"
        show.say(
            f"taking in ({found.rate}) {escape(state)}: {found.handed} so far, {found.share:.0%} of all people looked through"
        )
    return show.DONE


async def ramp(
    journey: Id,
    *,
    next: Annotated[bool, Parameter(negative="", help="Go on to the next stage now.")] = False,
    to: Annotated[str, Parameter(help="Go on to this share, which then stays: `10%`; `100%` ends the ramp.")] = "",
    resume: Annotated[bool, Parameter(negative="", help="Go on after the ramp was stopped.")] = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Show how far a journey's ramp is, or take it on. It stops by itself where too many messages come back, bring complaints or fail."""
    async with installation() as here:
        own = await here.workspace(workspace)
        if resume:
            await ramps.resume(here.pool, own.id, journey, show.operator())
        elif next or to:
            await ramps.go_on(here.pool, own.id, journey, to, show.operator())
        async with here.pool.acquire() as connection:
            entry = (await newest(connection, own.id)).body.get("journeys", {}).get(journey)
    if entry is None:
        show.refuse(f"there is no journey `{journey}`", "`tidings journey list` shows those there are")
    told = ramps.says(entry, wall_clock())
    if json:
        show.show_json({"id": journey, "ramp": told})
    elif told is None:
        show.say(f"{escape(journey)} has no ramp: it lets everybody in")
    else:
        on = f", until {show_iso(told['on'])}" if told["on"] else ""
        show.say(f"{escape(journey)} lets in {told['share']} of people{on} [dim]({told['stages']})[/]")
        if told["stopped"]:
            show.say(
                f"[red]stopped[/]: {escape(told['stopped'])}. Nobody comes in and nothing is sent until `--resume`"
            )
    return show.DONE


async def shadow(
    journey: Id,
    *,
    off: Annotated[bool, Parameter(negative="", help="Let it send what becomes due from now on.")] = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Let a journey do everything but send: its messages are planned, decided about and rendered, and can be read."""
    async with installation() as here:
        own = await here.workspace(workspace)
        applied, _ = await put_in_shadow(here.pool, own.id, journey, not off, show.operator())
    if json:
        show.show_json({"id": journey, "shadow": not off, "changed": applied.changed, "number": applied.number})
    else:
        says = "sends" if off else "is in shadow: it does everything but send"
        show.say(f"[green]✓[/] {escape(journey)} {says}" + ("" if applied.changed else " (it was so already)"))
    return show.DONE


async def shadowed(
    journey: Id,
    *,
    limit: Annotated[int, Parameter(help="How many.")] = 20,
    read: Annotated[bool, Parameter(negative="", help="With what each says.")] = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """List what a journey in shadow would have sent, the newest first; below it, what failed or was refused, and why."""
    async with workspace_of(workspace) as (own, connection):
        found = await deliveries.in_shadow(connection, own.id, journey, limit)
        texts = [await _text(connection, each) if read else None for each in found]
        others = await deliveries.not_sent(connection, own.id, journey)
    rows = [(each.public, show_iso(each.due), each.step, each.template, each.reason) for each in found]
    columns = ("id", "due", "step", "template", "reason")
    if json:
        made = zip(rows, texts, strict=True)
        show.show_json(
            [dict(zip(columns, row, strict=True)) | ({"content": text} if read else {}) for row, text in made]
        )
        return show.DONE
    if not read:
        show.table(columns, rows, "nothing yet")
    for row, text in zip(rows, texts, strict=True) if read else ():
        show.say(f"[bold]{escape(row[0])}[/] {escape(row[3])}, {escape(row[4])}")
        show.plain(f"{(text or {}).get('subject', '')}\n\n{(text or {}).get('text', '')}\n")
    for state, reason, count in others:
        show.say(f"[yellow]{count:,} {state}[/]: {escape(reason)}")
    return show.DONE


async def _text(connection: Connection, delivery: Delivery) -> dict[str, str]:
    """What a message says, for the person as they are now; nothing where it can't be made any more."""
    try:
        found = await anew(connection, Workspaces(""), delivery)
        if found is None:
            return {}
        made = reading(found, delivery, wall_clock())
    except Unready as error:
        return {"subject": "", "text": f"it can't be made any more: {error}"}
    return {"subject": made.subject or made.title, "text": made.text}


async def pause(journey: Id, *, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """Let nobody in and send nothing, while time goes on."""
    return await _move(journey, "pause", workspace, json)


async def resume(
    journey: Id,
    *,
    held: Annotated[
        Literal["send", "skip", "shift"],
        Parameter(
            help="What becomes of what became due in the pause: it is sent, skipped, or everybody's waits are shifted by the pause."
        ),
    ] = "send",
    rate: Annotated[
        str,
        Parameter(
            help="How fast that is sent, such as `100 per minute`; else all at once. What becomes due later goes out as it comes: "
            "`limits` of the journey slow that."
        ),
    ] = "",
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Let people in and send again, after `pause` or `close`."""
    async with installation() as here:
        own = await here.workspace(workspace)
        count = await status.held_back(here.pool, own.id, journey)
    code = await _move(journey, "resume", workspace, json, held, rate)
    if count and not json:
        how = {"send": f"sent{f', {rate}' if rate else ''}", "skip": "skipped", "shift": "sent later by the pause"}[
            held
        ]
        show.say(
            f"{count} {'message was' if count == 1 else 'messages were'} held; what became due in the pause is {how}"
        )
    return code


async def close(journey: Id, *, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """Let nobody in; those inside finish."""
    return await _move(journey, "close", workspace, json)


async def stop(journey: Id, *, yes: Yes = False, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """End every run, after saying how many there are. It can't be undone."""
    async with installation() as here:
        own = await here.workspace(workspace)
        count = (await flight.inside(here.pool, own.id)).get(journey, 0)
    if not json:
        show.say(f"{count} {'person is' if count == 1 else 'people are'} inside {escape(journey)}")
    if not yes and not agreed("End every run?"):
        return show.REFUSED
    return await _move(journey, "stop", workspace, json)


async def parked(
    journey: Annotated[str, Parameter(help="Only of this journey.")] = "",
    *,
    step: AtStep = "",
    limit: Annotated[int, Parameter(help="How many.")] = 20,
    traceback: Annotated[bool, Parameter(negative="", help="With all that is known of each fault.")] = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """List runs that a fault stopped: who, at which step, and why. `retry` lets them try again."""
    async with workspace_of(workspace) as (own, connection):
        which = Which(journey, step)
        faults = await parking.faults(connection, own.id, which)
        found = (await parking.listed(connection, own.id, which, limit=limit)).runs
    if json:
        show.show_json({"faults": to_builtins(faults), "runs": to_builtins(found)})
        return show.DONE
    show.table(
        ("runs", "journey", "step", "stopped by"),
        [(each.runs, each.journey, each.step, each.fault) for each in faults],
        "nobody stands still at a fault",
    )
    rows = [(each.run, each.email or each.id or each.person, each.journey, each.step, each.at or "") for each in found]
    if rows:
        show.table(("run", "person", "journey", "step", "since"), rows, "")
    for each in found if traceback else ():
        show.say(f"[bold]{each.run}[/] {escape(each.fault)}")
        show.plain(f"{each.detail}\n")
    return show.DONE


async def retry(
    journey: Id,
    *,
    step: AtStep = "",
    run: Annotated[str, Parameter(help="Only this run, by the id that `parked` shows.")] = "",
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Let runs that a fault stopped (a failed call, an action that broke, a template that was gone) try their step again."""
    async with installation() as here:
        own = await here.workspace(workspace)
        which = Which(journey, step, run=parking.run_of(run))
        faults = await parking.retry(here.pool, own.id, which, Actor(None, show.operator().id))
    if json:
        show.show_json({"id": journey, "retried": sum(faults.values()), "faults": faults})
    elif faults:
        show.table(("runs", "stopped by"), [(count, fault) for fault, count in faults.items()], "")
        show.say(f"[green]✓[/] {sum(faults.values())} of {escape(journey)} try again")
    else:
        show.say(f"no run of {escape(journey)} was stopped by a fault")
    return show.DONE


async def _move(
    journey: str, command: str, workspace: str | None, json: bool, held: str = "send", rate: str = ""
) -> int:
    async with installation() as here:
        own = await here.workspace(workspace)
        applied = await status.move(here.pool, own.id, journey, command, held, rate, show.operator())
    if json:
        state = status.MOVES[command][1]
        show.show_json({"id": journey, "status": state, "changed": applied.changed, "number": applied.number})
    else:
        already = "" if applied.changed else " (it was already)"
        show.say(f"[green]✓[/] {escape(journey)} {_SAYS[command]}{already}")
    return show.DONE
