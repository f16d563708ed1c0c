"""The format floor: the newest format of each stored thing that some program has written here."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0002"
down_revision = "0001"


def upgrade() -> None:
    """Make the table."""
    execute_script(
        op.get_bind(), "CREATE TABLE formats (name text PRIMARY KEY, floor smallint NOT NULL CHECK (floor > 0));"
    )
