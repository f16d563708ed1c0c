"""Numbers per step, and an index to list the people behind them."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0034"
down_revision = "0026"


def upgrade() -> None:
    """Make the table and the index."""
    execute_script(
        op.get_bind(),
        """
        -- bucket: a partition of whoever counted; readers add buckets up. hour: its beginning, microseconds.
        CREATE TABLE step_numbers (
            bucket    smallint NOT NULL,
            workspace smallint NOT NULL,
            journey   text NOT NULL,
            version   integer NOT NULL,
            step      text NOT NULL,
            what      text NOT NULL,
            hour      bigint NOT NULL,
            count     bigint NOT NULL,
            PRIMARY KEY (bucket, workspace, journey, version, step, what, hour)
        ) WITH (fillfactor = 60);

        -- Moves of runs by journey (kind 21), the newest first.
        CREATE INDEX history_moves ON history (partition, name, time) WHERE kind = 21;
        """,
    )
