"""When a run reached its goal, so that the rows that tell so can be forgotten with the history they are of."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0076"
down_revision = "0074"


def upgrade() -> None:
    """Make the column. Those from before count as reached now, and are kept that much longer."""
    execute_script(
        op.get_bind(),
        """
        -- at: when, in microseconds.
        ALTER TABLE conversions ADD COLUMN at bigint;
        UPDATE conversions SET at = (extract(epoch FROM now()) * 1000000)::bigint;
        ALTER TABLE conversions ALTER COLUMN at SET NOT NULL;
        CREATE INDEX conversions_by_time ON conversions (partition, workspace, at);
        """,
    )
