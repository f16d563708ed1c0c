"""Where runs stand, filled from the documents there are."""

from collections.abc import Iterator
from typing import Any

import msgspec
from alembic import op
from sqlalchemy import text

from tidings.database.migrate import execute_script

revision = "0022"
down_revision = "0002"

_FORMAT = 1
"""Documents of this format hold their runs at this place, and a run its fields at these."""
_RUNS = 13
_ID, _JOURNEY, _VERSION, _STEP, _ARRIVED, _ENDED = 0, 1, 2, 3, 6, 11
_CHUNK = 2000


def upgrade() -> None:
    """Make the table, and fill it a chunk at a time."""
    connection = op.get_bind()
    execute_script(
        connection,
        """
        -- One row for each run that rests at a step. since: when it arrived there, in microseconds.
        CREATE TABLE standing (
            partition smallint NOT NULL,
            workspace smallint NOT NULL,
            journey   text NOT NULL,
            step      text NOT NULL,
            run       bytea NOT NULL,
            version   integer NOT NULL,      -- of the journey, which the run is on
            person    bytea NOT NULL,
            since     bigint NOT NULL,
            PRIMARY KEY (partition, workspace, journey, step, run) INCLUDE (version)
        ) WITH (fillfactor = 80, autovacuum_vacuum_scale_factor = 0.05, autovacuum_analyze_scale_factor = 0.1);
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
        stands = [stand for row in rows for stand in _stands(*row)]
        if stands:
            connection.execute(
                text(
                    "INSERT INTO standing (partition, workspace, journey, step, run, version, person, since) "
                    "VALUES (:partition, :workspace, :journey, :step, :run, :version, :person, :since)"
                ),
                stands,
            )


def _stands(partition: int, person: bytes, workspace: int, doc: bytes) -> Iterator[dict[str, Any]]:
    fields = msgspec.msgpack.decode(doc[1:]) if doc[:1] == bytes([_FORMAT]) else []
    for run in fields[_RUNS] if len(fields) > _RUNS else []:
        if len(run) <= _ENDED or run[_ENDED] is None:
            yield {
                "partition": partition,
                "workspace": workspace,
                "journey": run[_JOURNEY],
                "step": run[_STEP],
                "run": run[_ID],
                "version": run[_VERSION],
                "person": person,
                "since": run[_ARRIVED] if len(run) > _ARRIVED else 0,
            }
