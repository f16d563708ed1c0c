"""An index to list a workspace's deliveries, the latest due first, page by page."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0037"
down_revision = "0028"


def upgrade() -> None:
    """Make the index."""
    execute_script(op.get_bind(), "CREATE INDEX deliveries_listed ON deliveries (workspace, due, id);")
