"""What each snapshot of definitions changed, in words, so that who asks need not read it and the one before."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0093"
down_revision = "0089"


def upgrade() -> None:
    """Add the column."""
    execute_script(
        op.get_bind(),
        """
        -- changes: what differs from the snapshot before, in words; empty: nothing, or it is from before this was kept.
        ALTER TABLE definitions ADD COLUMN changes text[] NOT NULL DEFAULT '{}';
        """,
    )
