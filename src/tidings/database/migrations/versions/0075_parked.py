"""Who stands still at a fault, filled from the documents there are."""

from typing import Any

import msgspec
from alembic import op
from sqlalchemy import text

from tidings.database.migrate import execute_script

revision = "0075"
down_revision = "0063"

_FORMAT = 1
"""Documents of this format hold their runs at this place, and a run its fields at these."""
_RUNS = 13
_ID, _JOURNEY, _STEP, _ENDED, _PARKED = 0, 1, 3, 11, 14
_CHUNK = 2000


def upgrade() -> None:
    """Make the column, and fill it a chunk at a time: who has a timer does not stand still, so most documents are not opened."""
    connection = op.get_bind()
    execute_script(
        connection,
        """
        -- parked: the fault that a run stands still at, in words; '': it goes on.
        ALTER TABLE standing ADD COLUMN parked text NOT NULL DEFAULT '';
        CREATE INDEX standing_parked ON standing (workspace, journey, since, run) WHERE parked <> '';
        """,
    )
    partition, person = -1, b""
    while True:
        rows = connection.execute(
            text(
                "SELECT p.partition, p.id, p.workspace, p.doc FROM people p WHERE (p.partition, p.id) > (:partition, :person) "
                "AND (p.partition, p.id) IN (SELECT s.partition, s.person FROM standing s WHERE s.wake IS NULL AND s.step <> '') "
                "ORDER BY p.partition, p.id LIMIT :chunk"
            ),
            {"partition": partition, "person": person, "chunk": _CHUNK},
        ).all()
        if not rows:
            return
        partition, person = rows[-1][0], rows[-1][1]
        parked: list[dict[str, Any]] = []
        for home, _, workspace, doc in rows:
            fields = msgspec.msgpack.decode(doc[1:]) if doc[:1] == bytes([_FORMAT]) else []
            parked += [
                {
                    **{"partition": home, "workspace": workspace, "parked": run[_PARKED]},
                    **{"journey": run[_JOURNEY], "step": run[_STEP], "run": run[_ID]},
                }
                for run in (fields[_RUNS] if len(fields) > _RUNS else ())
                if len(run) > _PARKED and run[_PARKED] and run[_ENDED] is None
            ]
        if parked:
            connection.execute(
                text(
                    "UPDATE standing SET parked = :parked WHERE partition = :partition AND workspace = :workspace "
                    "AND journey = :journey AND step = :step AND run = :run"
                ),
                parked,
            )
