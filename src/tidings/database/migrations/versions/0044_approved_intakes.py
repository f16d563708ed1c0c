"""Whom a change that waits for approval takes in once it is approved."""

from alembic import op

revision = "0044"
down_revision = "0047"


def upgrade() -> None:
    """Add the column."""
    op.execute("ALTER TABLE approvals ADD COLUMN take_in json NOT NULL DEFAULT '{}'")  # journey: rate
