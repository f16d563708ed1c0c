"""Whom a ramp holds outside is on no version yet, and no doorkeeper's business."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0055"
down_revision = "0066"


def upgrade() -> None:
    """Leave them out of the doorkeeper's index."""
    execute_script(
        op.get_bind(),
        """
        DROP INDEX standing_before;
        CREATE INDEX standing_before ON standing (workspace, journey, since, run) WHERE step = '' AND version > 0;
        """,
    )
