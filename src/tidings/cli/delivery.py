"""``delivery``: a message's story, and sending again what did not arrive."""

import sys
from typing import Annotated, Any, Final

from cyclopts import Parameter
from rich.markup import escape

from tidings.cli import show, timeline
from tidings.cli.asking import AsJson, AsOf, WorkspaceName, Yes, agreed, moment_of
from tidings.cli.installation import workspace_of
from tidings.cli.who import find
from tidings.database.pool import Connection
from tidings.delivery import again, copies, stopping, store
from tidings.delivery.clock import wall_clock
from tidings.delivery.copies import Copy
from tidings.delivery.delivery import Delivery
from tidings.delivery.listing import Wanted
from tidings.delivery.why import reads, why
from tidings.kernel.ids import home_of
from tidings.kernel.times import show_iso
from tidings.teams import audit

_SEEN: Final = ("From", "To", "Reply-To", "Subject", "Date")
"""Headers that readers of mail see."""
_ALL = ("state", "channel", "journey", "template", "person")


async def show_one(
    delivery: Annotated[str, Parameter(help="Its id.")],
    *,
    at: AsOf = None,
    html: Annotated[bool, Parameter(negative="", help="Print the HTML that was sent, and nothing else.")] = False,
    source: Annotated[
        bool, Parameter(negative="", help="Print a mail as its server got it, byte for byte, and nothing else.")
    ] = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Tell what became of a message and what it said when it was sent, and whether it can be sent again."""
    moment = moment_of(at)
    async with workspace_of(workspace) as (own, connection):
        found = await _find(connection, own.id, delivery)
        copy = await copies.read(connection, found)
        stopped = await stopping.standing(connection, own.id, moment)
    if html or source:
        return _alone(found, copy, html)
    story, hindrance = why(found, moment, stopped), again.hindrance(found, wall_clock())
    if json:
        sent = _said(copy) if copy else None
        show.show_json({**timeline.message(found), "story": story, "not_again": hindrance, "sent": sent})
        return show.DONE
    for line in story:
        show.say(escape(line))
    show.say(f"[dim]It can't be sent again: {escape(hindrance)}.[/]" if hindrance else "[dim]It can be sent again.[/]")
    if copy is None:
        return show.DONE
    show.say(f"\n[bold]{escape(reads(found, copy.at))}[/]")
    lines = [(name, value) for name, value in copy.lines if not copy.head or name in _SEEN] or [
        ("To", ", ".join(copy.to))
    ]
    for name, value in [*lines, *((name, str(value)) for name, value in copy.fields.items())]:
        show.plain(f"{name}: {value}")
    show.plain("\n" + (copy.text if copy.head or not copy.subject else f"{copy.subject}\n{copy.text}"))
    return show.DONE


def _alone(found: Delivery, copy: Copy | None, html: bool) -> int:
    if copy is None:
        show.refuse(f"what {found.public} said is not kept", reads(found, None))
    data = copy.html.encode() if html else copy.source
    if not data:
        show.refuse(f"{found.public} has no {'HTML' if html else 'source: it is no mail'}")
    sys.stdout.buffer.write(data)
    sys.stdout.flush()
    return show.DONE


def _said(copy: Copy) -> dict[str, Any]:
    return {
        "made": show_iso(copy.at),
        "to": copy.to,
        "headers": copy.lines,
        "subject": copy.subject,
        "text": copy.text,
        "html": copy.html,
        "details": copy.fields,
    }


async def retry(
    *deliveries: Annotated[str, Parameter(help="Their ids. Without any: all that the options below leave.")],
    state: Annotated[str, Parameter(help="Only those that ended so: failed, bounced, refused, unknown.")] = "",
    channel: Annotated[str, Parameter(help="Only those of this channel.")] = "",
    journey: Annotated[str, Parameter(help="Only those of this journey.")] = "",
    template: Annotated[str, Parameter(help="Only those of this template.")] = "",
    person: Annotated[str, Parameter(help="Only those of this person.")] = "",
    unsure: Annotated[
        bool, Parameter(negative="", help="Also those that may have arrived, as nobody knows: they may come twice.")
    ] = False,
    present: Annotated[
        bool, Parameter(negative="", help="With the templates as they are now, and not as they were then.")
    ] = False,
    yes: Yes = False,
    workspace: WorkspaceName = None,
    json: AsJson = False,
) -> int:
    """Send again what did not arrive, after the count is shown. Consent, suppression and limits are asked once more when it is sent."""
    if bool(deliveries) == any((state, channel, journey, template, person)):
        show.refuse(
            "which messages are meant?", "give their ids, or one of --state, --channel, --journey, --template, --person"
        )
    now, by = wall_clock(), show.operator().id
    async with workspace_of(workspace) as (own, connection):
        if deliveries:
            chosen = [await _find(connection, own.id, each) for each in dict.fromkeys(deliveries)]
            for each in chosen:
                if hindrance := again.hindrance(each, now):
                    show.refuse(f"{each.public} can't be sent again: {hindrance}")
            left = [] if unsure else [each for each in chosen if again.is_unsure(each)]
            if left:
                show.refuse(f"nobody knows whether {left[0].public} arrived", "add --unsure to send it all the same")
        else:
            whose = (await find(connection, own.id, person)).person.id if person else None
            wanted = Wanted(state, channel, journey, template, (home_of(whose), whose) if whose else None)
            found = await again.find(connection, own.id, wanted, now)
            chosen = [*found.sure, *(found.unsure if unsure else [])]
            if found.unsure and not unsure:
                show.say(f"{len(found.unsure)} may have arrived, as nobody knows: --unsure sends them too")
            if found.more:
                show.say(f"there is more: the latest {again.MOST:,} are looked at")
        if chosen and not yes and not agreed(f"Send {len(chosen)} messages again?"):
            return show.REFUSED
        if chosen:
            said = {
                "count": len(chosen),
                "unsure": unsure,
                "present": present,
                "by": dict(zip(_ALL, (state, channel, journey, template, person), strict=True)),
            }
            name = chosen[0].public if len(chosen) == 1 else f"{len(chosen)} deliveries"
            async with connection.transaction():
                await audit.note(connection, own.id, audit.Actor(None, by), "sent again", "delivery", name, after=said)
                await again.ask(connection, chosen, now, by, True if present else None)
    if json:
        show.show_json({"asked": len(chosen)})
    else:
        show.say(f"[green]✓[/] {len(chosen)} are sent again" if chosen else "nothing can be sent again")
    return show.DONE


async def _find(connection: Connection, workspace: int, id: str) -> Delivery:
    found = await store.fetch(connection, id)
    if found is None or found.workspace != workspace:
        show.refuse(f"there is no delivery `{id}`", "`tidings person show` lists a person's messages with their ids")
    return found
