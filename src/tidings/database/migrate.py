"""Migrations: from nothing, or from any released schema, to this program's tables. Forward only, one at a time.

Whoever migrates holds an advisory lock, so that several processes started together do it once. Each migration is one
transaction with its version mark: it is done or not done.
"""

from collections.abc import Mapping
from typing import Any, Final

import asyncpg
from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.script import ScriptDirectory
from sqlalchemy import Connection, text
from sqlalchemy.engine import make_url
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import NullPool

from tidings.database.pool import session_settings
from tidings.database.version import MIGRATIONS, OLDEST, Unfit

_LOCK: Final = 0x7469_6469_6E67  # "tiding"


async def migrate(url: str, *, to: str = "head", formats: Mapping[str, int] | None = None) -> list[str]:
    """Bring the database at ``url`` to the version ``to``; gives the versions applied, in order.

    ``formats``: the stored formats this program writes (name -> number); their floors are raised to them, after which
    programs that only know older ones refuse to work. Raises `Unfit`.
    """
    engine = create_async_engine(
        make_url(url).set(drivername="postgresql+asyncpg"),
        poolclass=NullPool,
        connect_args={"server_settings": session_settings("tidings migrate", 0)},
    )
    try:
        async with engine.connect() as connection:
            applied = await connection.run_sync(_upgrade, to)
    finally:
        await engine.dispose()
    if formats:
        await _raise_floors(url, formats)
    return applied


async def _raise_floors(url: str, formats: Mapping[str, int]) -> None:
    """Raise the floors, and take the leases from whoever holds some by an older program; current ones take them back at once."""
    connection = await asyncpg.connect(url)
    try:
        async with connection.transaction():
            raised = await connection.fetch(
                "INSERT INTO formats (name, floor) SELECT * FROM unnest($1::text[], $2::smallint[]) "
                "ON CONFLICT (name) DO UPDATE SET floor = excluded.floor WHERE formats.floor < excluded.floor RETURNING 1",
                list(formats),
                list(formats.values()),
            )
            if raised:
                await connection.execute(
                    "UPDATE cursors SET lease_token = lease_token + 1, lease_until = clock_timestamp() - interval '1 second' "
                    "WHERE lease_owner IS NOT NULL"
                )
    finally:
        await connection.close()


def execute_script(connection: Connection, sql: str) -> None:
    """Run several statements at once in the connection's transaction; for migrations."""
    connection.execute(text("SELECT 1"))  # the driver opens its transaction with the first statement it sees itself
    connection.connection.dbapi_connection.run_async(lambda raw: raw.execute(sql))  # type: ignore[union-attr]  # the driver's own connection


def _upgrade(connection: Connection, to: str) -> list[str]:
    found = connection.execute(text("SHOW server_version_num")).scalar_one()
    if int(found) < OLDEST:
        raise Unfit(f"PostgreSQL {int(found) // 10000} is too old; use {OLDEST // 10000} or newer")
    connection.execute(text("SELECT pg_advisory_lock(:key)"), {"key": _LOCK})
    connection.commit()
    applied: list[str] = []
    scripts = _scripts()

    def steps(current: Any, context: Any) -> Any:
        made = scripts._upgrade_revs(to, current)
        applied.extend(step.revision.revision for step in made)
        return made

    try:
        with EnvironmentContext(_config(), scripts, fn=steps, as_sql=False) as environment:
            environment.configure(connection=connection, transaction_per_migration=True)
            with environment.begin_transaction():
                environment.run_migrations()
        connection.commit()
    finally:
        connection.rollback()
        connection.execute(text("SELECT pg_advisory_unlock(:key)"), {"key": _LOCK})
        connection.commit()
    return applied


def _config() -> Config:
    config = Config()
    config.set_main_option("script_location", str(MIGRATIONS).replace("%", "%%"))
    config.set_main_option("path_separator", "os")
    return config


def _scripts() -> ScriptDirectory:
    return ScriptDirectory.from_config(_config())
