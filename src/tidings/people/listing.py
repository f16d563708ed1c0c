"""Lists of people at any size: sorted by a column or an indexed attribute, within a segment, a page after the other.

Each order is an index that ends with the person's id, so a page is found by its cursor and costs what it shows. Whoever lacks the
value comes last, in either direction, in the order of ids.
"""

from base64 import urlsafe_b64decode, urlsafe_b64encode
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

import msgspec

from tidings.database.pool import Connection
from tidings.people import document, links, store
from tidings.people.document import Person
from tidings.people.lookup import find

ORDERS: Final = {
    "created": "p.created_at",
    "last_seen": "p.seen",
    "name": '(lower(p.name) COLLATE "C")',
    "email": '(p.email COLLATE "C")',
    "id": '(lower(p.known_id) COLLATE "C")',
}
"""What people are sorted by, and the column or expression that stands in an index."""
_ALWAYS: Final = ("created", "last_seen")
_LAST_NAME: Final = """(lower(split_part(p.name, ' ', -1)) COLLATE "C")"""
_TOP: Final = chr(0x10FFFF)


class Cursor(NamedTuple):
    """Where a page ended: whether among those who lack the value; the value; the person."""

    lacking: bool
    at: int | str | bytes | None
    person: bytes

    def __str__(self) -> str:
        return urlsafe_b64encode(msgspec.msgpack.encode(list(self))).decode().rstrip("=")


def cursor(text: str, order: str) -> Cursor:
    """Read a cursor that `page` gave for this order; raises ValueError where it is none."""
    try:
        lacking, at, person = msgspec.msgpack.decode(urlsafe_b64decode(text + "=" * (-len(text) % 4)))
    except (ValueError, TypeError, msgspec.DecodeError) as error:
        raise ValueError("it is no cursor of a list of people") from error
    wanted = int if order in _ALWAYS else str if order in ORDERS else bytes
    if type(lacking) is not bool or type(person) is not bytes or not (lacking or type(at) is wanted):
        raise ValueError("it is a cursor of a list in another order")
    return Cursor(lacking, at, person)


class Narrowed(NamedTuple):
    """Who is listed: those in a ``segment`` ("" for all), and those whose ``attribute`` (its number) has a value between two keys."""

    segment: str = ""
    attribute: int = 0
    low: bytes = b""
    high: bytes = b""


EVERYBODY: Final = Narrowed()


async def page(
    connection: Connection,
    workspace: int,
    order: str,
    *,
    attribute: int = 0,
    descending: bool = False,
    narrowed: Narrowed = EVERYBODY,
    after: Cursor | None = None,
    limit: int = 50,
) -> tuple[list[Person], Cursor | None]:
    """Give a page of people and the cursor of the next (None on the last). ``order``: of `ORDERS`, or "" for that of ``attribute``."""
    sort, lacks, has = "k.key", "k.key = '\\xff'", "k.key < '\\xff'"
    if order:
        sort, lacks, has = ORDERS[order], f"{ORDERS[order]} IS NULL", f"{ORDERS[order]} IS NOT NULL"
    id = "p.id" if order else "k.person"
    found: list[Any] = []
    if after is None or not after.lacking:
        asked = _Asked(workspace, attribute, narrowed, order)
        asked.also(has)
        if after is not None:
            sign = "<" if descending else ">"
            asked.also(f"({sort}, {id}) {sign} ({asked.value(after.at)}, {asked.value(after.person)})")
        way = "DESC" if descending else "ASC"
        found = await asked.rows(connection, sort, f"{sort} {way}, {id} {way}", limit + 1)
    if len(found) <= limit and order not in _ALWAYS:
        asked = _Asked(workspace, attribute, narrowed, order)
        asked.also(lacks)
        if after is not None and after.lacking:
            asked.also(f"{id} > {asked.value(after.person)}")
        found += await asked.rows(connection, "NULL", id, limit + 1 - len(found))
    more = None
    if len(found) > limit:
        last, _, at = found[limit - 1]
        more = Cursor(at is None, at, last)
    people = [document.decode(doc) for _, doc, _ in found[:limit]]
    if order == "last_seen":
        people.sort(key=lambda each: each.last_seen, reverse=descending)
    return people, more


async def search(
    connection: Connection, workspace: int, text: str, *, narrowed: Narrowed = EVERYBODY, limit: int = 50
) -> list[Person]:
    """Find people by whatever the text may be: any identifier exactly, or the beginning of an id, an email, a name or a last name."""
    exactly = [await find(connection, workspace, kind, text) for kind in ("id", "email", "anonymous_id", "cio_id")]
    asked = _Asked(workspace, 0, narrowed)
    asked.also(
        f"(p.partition, p.id) IN (SELECT * FROM unnest({asked.value([who[0] for who in exactly if who])}::smallint[], "
        f"{asked.value([who[1] for who in exactly if who])}::bytea[]))"
    )
    found = await asked.rows(connection, "NULL", "p.id", limit)
    for column, only in (
        (ORDERS["id"], ""),
        (ORDERS["email"], ""),
        (ORDERS["name"], ""),
        (_LAST_NAME, "p.name LIKE '% %'"),
    ):
        asked = _Asked(workspace, 0, narrowed)
        if only:
            asked.also(only)
        asked.also(f"{column} >= {asked.value(text.lower())} AND {column} < {asked.value(text.lower() + _TOP)}")
        found += await asked.rows(connection, "NULL", column, limit)
    return [document.decode(doc) for doc in dict.fromkeys(doc for _, doc, _ in found)][:limit]


async def called(connection: Connection, people: Sequence[bytes]) -> dict[bytes, str]:
    """Give what people are called: by their email, or their name, or any identifier. Who was absorbed is called as who carries on; who is
    gone is left out."""
    if not people:
        return {}
    heirs = await links.followed(connection, list(dict.fromkeys(people)))
    found = await store.documents(connection, list({heirs.get(each, each) for each in people}))
    names = {}
    for each in people:
        if who := found.get(heirs.get(each, each)):
            by = dict(reversed(who.identifiers))
            names[each] = by.get("email") or store.name_of(who) or by.get("id") or next(iter(by.values()), "")
    return names


class _Asked:
    """A statement with its conditions and values, as they come together."""

    def __init__(self, workspace: int, attribute: int, narrowed: Narrowed, order: str = "") -> None:
        self._values: list[Any] = []
        self._conditions = [f"p.workspace = {self.value(workspace)}"]
        self._table, self._aside = "people p", order == "last_seen"
        if attribute:
            self._table = "attribute_keys k JOIN people p ON p.partition = k.partition AND p.id = k.person"
            self.also(f"k.attribute = {self.value(attribute)}")
        elif self._aside:
            self._table = "(SELECT partition, person AS id, workspace, seen FROM people_times) p"
        if narrowed.segment:
            self.also(
                "EXISTS (SELECT FROM memberships m WHERE m.partition = p.partition AND m.workspace = p.workspace "
                f"AND m.segment = {self.value(narrowed.segment)} AND m.person = p.id)"
            )
        if narrowed.attribute and narrowed.attribute == attribute:
            self.also(f"k.key >= {self.value(narrowed.low)} AND k.key < {self.value(narrowed.high)}")
        elif narrowed.attribute:
            self.also(
                "EXISTS (SELECT FROM attribute_keys a WHERE a.partition = p.partition AND a.person = p.id "
                f"AND a.attribute = {self.value(narrowed.attribute)} AND a.key >= {self.value(narrowed.low)} "
                f"AND a.key < {self.value(narrowed.high)})"
            )

    def value(self, value: Any) -> str:
        """Take a value in; gives what stands for it."""
        self._values.append(value)
        return f"${len(self._values)}"

    def also(self, condition: str) -> None:
        """Ask for this too."""
        self._conditions.append(condition)

    async def rows(self, connection: Connection, sort: str, by: str, limit: int) -> list[Any]:
        """Give (id, document, what it is sorted by), in the order ``by``."""
        where = f"FROM {self._table} WHERE {' AND '.join(self._conditions)} ORDER BY {by} LIMIT {limit:d}"
        sql = f"SELECT p.id, p.doc, {sort} {where}"
        if self._aside:  # found first, and only then read: the planner would begin elsewhere, and read thousands
            found = f"SELECT p.partition, p.id, p.seen {where}"
            sql = (
                f"SELECT p.id, d.doc, {sort} FROM ({found}) p JOIN people d ON d.partition = p.partition AND d.id = p.id "
                f"ORDER BY {by}"
            )
        return list(await connection.fetch(sql, *self._values))
