"""What lies ahead: the timers of runs at a step, and whom a date or a schedule will start, filled from the documents there are."""

from typing import Any

import msgspec
from alembic import op
from sqlalchemy import text

from tidings.database.migrate import execute_script

revision = "0066"
down_revision = "0069"

_FORMAT = 1
"""Documents of this format hold their runs and dates at these places, and a run its fields at these."""
_RUNS, _DATES = 13, 18
_ID, _JOURNEY, _STEP, _WAKE, _ENDED = 0, 1, 3, 7, 11
_CHUNK = 2000


def upgrade() -> None:
    """Make them, and fill them a chunk at a time."""
    connection = op.get_bind()
    execute_script(
        connection,
        """
        -- wake: when time moves the run (microseconds); NULL: only an input does.
        ALTER TABLE standing ADD COLUMN wake bigint;
        CREATE INDEX standing_to_wake ON standing (workspace, wake, journey, step, version) WHERE wake IS NOT NULL;

        -- When a date or a schedule is to start a journey for somebody, as their document has it.
        CREATE TABLE coming (
            partition smallint NOT NULL,
            workspace smallint NOT NULL,
            person    bytea NOT NULL,
            journey   text NOT NULL,
            at        bigint NOT NULL,
            PRIMARY KEY (partition, person, journey)
        ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.1);
        CREATE INDEX coming_by_time ON coming (workspace, at, journey);
        """,
    )
    partition, person = -1, b""
    while True:
        rows = connection.execute(
            text(
                "SELECT partition, id, workspace, doc FROM people WHERE (partition, id) > (:partition, :person) "
                "ORDER BY partition, id LIMIT :chunk"
            ),
            {"partition": partition, "person": person, "chunk": _CHUNK},
        ).all()
        if not rows:
            return
        partition, person = rows[-1][0], rows[-1][1]
        wakes: list[dict[str, Any]] = []
        dates: list[dict[str, Any]] = []
        for home, id, workspace, doc in rows:
            fields = msgspec.msgpack.decode(doc[1:]) if doc[:1] == bytes([_FORMAT]) else []
            own = {"partition": home, "workspace": workspace}
            wakes += [
                {**own, "journey": run[_JOURNEY], "step": run[_STEP], "run": run[_ID], "wake": run[_WAKE]}
                for run in (fields[_RUNS] if len(fields) > _RUNS else ())
                if len(run) > _WAKE and run[_WAKE] is not None and (len(run) <= _ENDED or run[_ENDED] is None)
            ]
            dates += [
                {**own, "person": id, "journey": journey, "at": at}
                for journey, at in (fields[_DATES] if len(fields) > _DATES else {}).items()
            ]
        if wakes:
            connection.execute(
                text(
                    "UPDATE standing SET wake = :wake WHERE partition = :partition AND workspace = :workspace "
                    "AND journey = :journey AND step = :step AND run = :run"
                ),
                wakes,
            )
        if dates:
            connection.execute(
                text("INSERT INTO coming VALUES (:partition, :workspace, :person, :journey, :at)"), dates
            )
