"""``person``: who somebody is, what happened to them, why; undoing a merge, and forgetting somebody."""

import time
from collections.abc import Sequence
from typing import Annotated, Any

from cyclopts import Parameter
from rich.markup import escape

from tidings import history, log
from tidings.cli import show, timeline
from tidings.cli.asking import AsJson, AsOf, WorkspaceName, Yes, agreed, moment_of
from tidings.cli.installation import installation, workspace_of
from tidings.cli.who import Found, Who, find, name
from tidings.database.pool import Connection
from tidings.delivery import listing as deliveries
from tidings.engine.lacking import Lacking
from tidings.kernel.ids import fresh, home_of
from tidings.kernel.ids import read as read_id
from tidings.kernel.ids import show as show_id
from tidings.kernel.records import SYSTEM, Body, Delete, Record, Suppress, Unmerge, encode, home
from tidings.kernel.times import show_iso
from tidings.people import document, links
from tidings.people.control import is_control, share_of
from tidings.project import explain
from tidings.project.store import newest

Limit = Annotated[int, Parameter(help="How many of the newest lines of their history to show.")]


async def show_one(who: Who, *, limit: Limit = 20, workspace: WorkspaceName = None, json: AsJson = False) -> int:
    """Show a person: attributes, segments, journeys, messages, and the newest of what happened."""
    async with workspace_of(workspace) as (own, connection):
        found = await find(connection, own.id, who)
        rows = await history.of_person(connection, found.places, limit=limit)
        sent = await deliveries.of_person(connection, home_of(found.person.id), found.person.id)
        settings = (await newest(connection, own.id)).body.get("settings", {})
    control = is_control(found.person, share_of(settings))
    messages = [timeline.message(delivery) for delivery in sent]
    if json:
        events = [timeline.data(row) for row in rows]
        show.show_json(
            {**timeline.person(found.person), "control_group": control, "messages": messages, "history": events}
        )
        return show.DONE
    _print(found, messages, control)
    show.say("\n[bold]What happened[/], the newest first")
    show.table(("time", "what", ""), [timeline.words(row) for row in rows], "nothing yet")
    return show.DONE


async def why(
    who: Who,
    journey: Annotated[str | None, Parameter(help="The journey's id.")] = None,
    *,
    segment: Annotated[str | None, Parameter(help="Ask about this segment instead.")] = None,
    at: AsOf = None,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Say why a person is, was, or is not in a journey (or a segment), in the words of its rules and with the values they see."""
    if (journey is None) == (segment is None):
        show.refuse("what is asked about?", "name a journey, or add --segment NAME")
    moment = moment_of(at)
    async with workspace_of(workspace) as (own, connection):
        found = await find(connection, own.id, who)
        if journey is not None:
            told = await explain.journey(connection, own, found.person, found.ids, journey, moment)
        else:
            told = await explain.segment(connection, own, found.person, found.ids, str(segment), moment)
        sent = [] if journey is None else await explain.messages(connection, own, found.person, journey, moment)
    stories = [{"id": each.public, "template": each.template, "story": story} for each, story in sent]
    if json:
        false = [_clause(each) for each in told.false]
        told_of = {"answer": told.answer, "reasons": told.reasons, "path": told.path}
        show.show_json({**told_of, "false": false, "messages": stories})
        return show.DONE
    show.say(f"[bold]{escape(told.answer)}[/]")
    for title, lines in (("Because", told.reasons), ("What happened", told.path)):
        if lines:
            show.say(f"\n{title}")
            for line in lines:
                show.plain(f"  {line}")
    for story in stories:
        show.say(f"\nThe message {escape(str(story['template']))}")
        for line in story["story"]:
            show.plain(f"  {line}")
    return show.DONE


def _clause(each: Lacking) -> dict[str, Any]:
    last = each.last
    at = show_iso(last.until) if last is not None and last.until is not None else None
    said = last.says() if last is not None else ""
    return {"of": each.of, "clause": each.clause, "saw": each.saw, "last_true": at, "says": said}


async def unmerge(
    who: Who,
    absorbed: Annotated[
        str | None, Parameter(help="Whom to part from them, by any id or email they had; needed if several.")
    ] = None,
    *,
    show_merges: Annotated[bool, Parameter(name="--list", negative="", help="Only list whom they absorbed.")] = False,
    yes: Yes = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Undo a merge: both people as if they had never met; what happened since stays with the survivor."""
    async with installation() as here:
        own = await here.workspace(workspace)
        async with here.pool.acquire() as connection:
            found = await find(connection, own.id, who)
            merges = await _merges(connection, found.ids[1:])
        if show_merges:
            _list(merges, json)
            return show.DONE
        chosen = _chosen(merges, absorbed, name(found.person))
        if not yes and not agreed(f"Part {merges[chosen]['name']} from {name(found.person)}?"):
            return show.REFUSED
        async with here.pool.acquire() as connection:
            await _say(connection, own.id, found.person.id, Unmerge(chosen))
    if json:
        show.show_json({"person": show_id(found.person.id), "parted": show_id(chosen)})
    else:
        show.say(f"[green]✓[/] asked for; {escape(str(merges[chosen]['name']))} is a person of their own in a moment")
    return show.DONE


async def delete(
    who: Who,
    *,
    suppress: Annotated[
        bool, Parameter(negative="", help="Refuse what is sent about them from now on, until told otherwise.")
    ] = False,
    yes: Yes = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Forget a person: attributes, history, messages and identifiers. It can't be undone."""
    async with installation() as here:
        own = await here.workspace(workspace)
        async with here.pool.acquire() as connection:
            found = await find(connection, own.id, who)
        called = name(found.person)
        if not yes and not agreed(f"Forget {called}, and all that is known of them?"):
            return show.REFUSED
        async with here.pool.acquire() as connection:
            await _say(connection, own.id, found.person.id, Suppress() if suppress else Delete())
    if json:
        show.show_json({"person": show_id(found.person.id), "suppressed": suppress})
    else:
        show.say(f"[green]✓[/] asked for; {escape(called)} is forgotten in a moment")
    return show.DONE


async def _say(connection: Connection, workspace: int, person: bytes, body: Body) -> None:
    """Append a record of our own about a person: commands change nobody in any other way."""
    now = time.time_ns() // 1000
    record = Record(fresh(), workspace, 0, SYSTEM, (("cio_id", show_id(person)),), now, now, body)
    await log.append(connection, [(home(record), encode(record))])


def _print(found: Found, messages: Sequence[dict[str, Any]], control: bool) -> None:
    person = timeline.person(found.person)
    show.say(
        f"[bold]{escape(name(found.person))}[/]   [dim]since {person['created']}, last seen {person['last_seen']}[/]\n"
    )
    if control:
        show.say("[yellow]in the control group[/]: they get no marketing\n")
    rows = [(kind.replace("_", " "), value) for kind, value in found.person.identifiers]
    attributes = found.person.attributes.items()
    rows += [(key, timeline.brief(value)) for key, value in sorted(attributes) if (key, value) not in rows]
    show.table(("attribute", "value"), rows, "no attributes")
    for title, key in (
        ("Segments", "segments"),
        ("Groups", "groups"),
        ("Devices", "devices"),
        ("Journeys", "journeys"),
    ):
        if person[key]:
            show.say(f"\n[bold]{title}[/]")
            for line in person[key]:
                first, *rest = ((name, timeline.brief(value)) for name, value in line.items() if value)
                show.plain("  " + "  ".join([f"{first[1]:24}", *(f"{name} {value}" for name, value in rest)]))
    if person["consent"]:
        show.say("\n[bold]Consent[/]")
        show.plain(f"  {timeline.brief(person['consent'])}")
    if messages:
        show.say("\n[bold]Messages[/]")
        columns = ("due", "channel", "template", "state", "reason")
        show.table(columns, [tuple(message[column] for column in columns) for message in messages], "")


async def _merges(connection: Connection, absorbed: Sequence[bytes]) -> dict[bytes, dict[str, Any]]:
    merges = {}
    for id in absorbed:
        link = await links.link_of(connection, id)
        if link is not None:
            then = document.decode(link.doc)
            known = [value for _, value in then.identifiers]
            merges[id] = {"id": show_id(id), "name": name(then), "merged": show_iso(link.at), "identifiers": known}
    return merges


def _list(merges: dict[bytes, dict[str, Any]], json: bool) -> None:
    if json:
        show.show_json(list(merges.values()))
    else:
        rows = [(merge["id"], merge["name"], merge["merged"]) for merge in merges.values()]
        show.table(("id", "who", "merged"), rows, "they absorbed nobody")


def _chosen(merges: dict[bytes, dict[str, Any]], absorbed: str | None, survivor: str) -> bytes:
    if not merges:
        show.refuse(f"{survivor} absorbed nobody", "name the person who carries on, not the one who was absorbed")
    if absorbed is None:
        if len(merges) > 1:
            show.refuse(f"{survivor} absorbed {len(merges)} people: which is meant?", "see them with --list")
        return next(iter(merges))
    chosen = read_id(absorbed)
    for id, merge in merges.items():
        if id == chosen or absorbed in merge["identifiers"]:
            return id
    show.refuse(f"{survivor} did not absorb `{absorbed}`", "see whom they absorbed with --list")
