"""Which steps drew a run that reached its goal to go on, and which held it out, so that people stand behind the two sides of a split."""

from alembic import op

revision = "0101"
down_revision = "0103"


def upgrade() -> None:
    """Make the columns. Of those from before nothing was counted by draw either."""
    op.execute(
        "ALTER TABLE conversions ADD COLUMN drawn text[] NOT NULL DEFAULT '{}', ADD COLUMN held text NOT NULL DEFAULT ''"
    )
