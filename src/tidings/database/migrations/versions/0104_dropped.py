"""When it was said of a message that it does not go out, so that people stand behind that number too."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0104"
down_revision = "0101"


def upgrade() -> None:
    """Make the column and its index. Of before, it is what policy refused; what others reported stands in history alone."""
    execute_script(
        op.get_bind(),
        """
        ALTER TABLE deliveries ADD COLUMN dropped_at bigint;
        UPDATE deliveries SET dropped_at = settled WHERE state = 'refused' AND settled IS NOT NULL;
        CREATE INDEX deliveries_dropped ON deliveries (workspace, journey, step, due, partition, id) WHERE dropped_at IS NOT NULL;
        """,
    )
