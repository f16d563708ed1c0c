"""Of which version the tables are, and whether this program may work on them.

It reads the migrations' own first lines, not Alembic: what migrates costs every command and worker 0.4 seconds to load, and only
`tidings migrate` and `up` need it.
"""

import re
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any, Final

from tidings.database.pool import Connection

OLDEST: Final = 150000
"""The oldest PostgreSQL (as ``server_version_num``) the tables and queries work on."""
MIGRATIONS: Final = Path(__file__).parent / "migrations"
_FOLLOWS: Final = re.compile(r'^revision = "(\w+)"\ndown_revision = (?:"(\w+)"|None)$', re.MULTILINE)


class Unfit(RuntimeError):
    """The database can't be used by this program; the text says why and what to do."""


async def version(connection: Connection) -> str | None:
    """Give the version of the tables, None before the first migration."""
    if await connection.fetchval("SELECT to_regclass('alembic_version')") is None:
        return None
    found: str | None = await connection.fetchval("SELECT version_num FROM alembic_version")
    return found


def newest() -> str:
    """Give the version this program's tables have: the one that no other follows."""
    known = _known()
    (head,) = known.keys() - known.values()
    return head


def before_version(version: str) -> str | None:
    """Give the version that one was made to follow, None for the first."""
    return _known()[version]


async def check_current(connection: Connection, formats: Mapping[str, int]) -> None:
    """Refuse to work on tables of another version, or where formats newer than ``formats`` were written. Raises `Unfit`."""
    found = await version(connection)
    if found != newest():
        known = found is None or found in _known()
        raise Unfit(
            f"the tables are at version {found or 'none'}, this program needs {newest()}; "
            + ("run `tidings migrate`" if known else "they were made by a newer program: update this one")
        )
    await check_floors(connection, formats)


async def check_floors(connection: Connection, formats: Mapping[str, int]) -> None:
    """Refuse to work where newer formats were written than this program knows: it would drop what it does not know. Raises `Unfit`."""
    for name, floor in await connection.fetch("SELECT name, floor FROM formats"):
        if floor > formats.get(name, floor):
            raise Unfit(
                f"{name} format {floor} has been written here, this program knows {formats[name]}; update this one"
            )


@cache
def _known() -> dict[str, str | None]:
    """Each version with the one that it follows."""
    files = (MIGRATIONS / "versions").glob("*.py")
    found: list[Any] = [_FOLLOWS.search(file.read_text(encoding="utf-8")) for file in files]
    return {each[1]: each[2] for each in found}
