"""What a list of deliveries is narrowed to, read and checked in one place for the list and for sending all of it again."""

from typing import Annotated, Final, get_args

from litestar.di import Provide
from litestar.params import QueryParameter
from msgspec import Struct

from tidings.api.here import Here
from tidings.api.problem import Refusal
from tidings.database.pool import Connection
from tidings.delivery.delivery import State
from tidings.delivery.listing import Wanted
from tidings.people import lookup


class Narrowed(Struct):
    """Filters; "" leaves one out. ``person``: any identifier, or the beginning of an email."""

    state: str = ""
    channel: str = ""
    journey: str = ""
    template: str = ""
    person: str = ""


def _narrowed(
    stands: Annotated[str, QueryParameter(name="state")] = "",
    channel: str = "",
    journey: str = "",
    template: str = "",
    person: Annotated[str, QueryParameter(description="Any identifier, or the beginning of an email.")] = "",
) -> Narrowed:
    return Narrowed(stands, channel, journey, template, person)


NARROWED: Final = {"narrowed": Provide(_narrowed, sync_to_thread=False)}
"""Gives a route what the query narrows the list to, as ``narrowed``."""


async def wanted(connection: Connection, here: Here, by: Narrowed) -> Wanted | None:
    """Give what the database is asked for; None where nobody is called ``person``. Raises `Refusal` where there is no such state."""
    if by.state and by.state not in get_args(State):
        raise Refusal(400, f"`{by.state}` is no state of a delivery.", f"There are: {', '.join(get_args(State))}.")
    found = Wanted(by.state, by.channel, by.journey, by.template)
    if not by.person:
        return found
    who = await lookup.search(connection, here.workspace.id, by.person, limit=1)
    return found._replace(person=who[0]) if who else None
