"""An index to list whose messages stand behind a journey's numbers. A message gets into it once, when it has gone out (or failed)."""

from alembic import op

revision = "0059"
down_revision = "0045"


def upgrade() -> None:
    """Make the index."""
    op.execute(
        "CREATE INDEX deliveries_of_step ON deliveries (workspace, journey, step, due, partition, id) "
        "WHERE sent_at IS NOT NULL OR failed_at IS NOT NULL"
    )
