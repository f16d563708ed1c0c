"""How long a call may take, so that a stop of all sending does not take from it."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0077"
down_revision = "0076"


def upgrade() -> None:
    """Make the column."""
    execute_script(
        op.get_bind(),
        """
        -- patience: for how long it may be tried, from when it may be made (microseconds).
        ALTER TABLE calls ADD COLUMN patience bigint;
        UPDATE calls SET patience = until - due;
        ALTER TABLE calls ALTER COLUMN patience SET NOT NULL;
        """,
    )
