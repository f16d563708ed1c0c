"""The person a command is about: named by whatever one knows of them."""

from dataclasses import dataclass
from typing import Annotated

from cyclopts import Parameter

from tidings.cli.show import refuse
from tidings.database.pool import Connection
from tidings.kernel.ids import home_of
from tidings.kernel.ids import show as show_id
from tidings.people import links, lookup
from tidings.people.document import Person, identifier

Who = Annotated[str, Parameter(help="The person's id, email or anonymous id, or the beginning of their email.")]


@dataclass(frozen=True)
class Found:
    """A person, and the ids under which their history stands: their own, and of whom they absorbed."""

    person: Person
    ids: tuple[bytes, ...]

    @property
    def places(self) -> list[tuple[int, bytes]]:
        """(partition, id) each."""
        return [(home_of(id), id) for id in self.ids]


async def find(connection: Connection, workspace: int, text: str) -> Found:
    """Find the one person that is meant; refuses where there is none, or more than one."""
    found = await lookup.search(connection, workspace, text, limit=10)
    if len(found) > 1 and (exact := await _exactly(connection, workspace, text)):
        found = [exact]
    people = [person for who in found if (person := await lookup.fetch(connection, *who)) is not None]
    if not people:
        refuse(f"nobody is known by `{text}`", "give an id, an email or an anonymous id, exactly as it was sent")
    if len(people) > 1:
        refuse(f"`{text}` may be any of {len(people)} people", f"there are: {', '.join(map(name, people))}")
    person = people[0]
    absorbed = (await links.absorbed(connection, [person.id])).get(person.id, [])
    return Found(person, (person.id, *absorbed))


def name(person: Person) -> str:
    """What to call somebody: an email, else an id, else an anonymous id, else our own."""
    for kind in ("email", "id", "anonymous_id"):
        if value := identifier(person, kind):
            return value
    return show_id(person.id)


async def _exactly(connection: Connection, workspace: int, text: str) -> tuple[int, bytes] | None:
    for kind in ("id", "email", "anonymous_id", "cio_id"):
        if found := await lookup.find(connection, workspace, kind, text):
            return found
    return None
