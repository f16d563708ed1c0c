"""What a message said beside its content, as it was sent, beside the row of history it led to."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0105"
down_revision = "0104"


def upgrade() -> None:
    """Make the column; of rows that are there nothing more is known."""
    execute_script(op.get_bind(), "ALTER TABLE history ADD COLUMN context bytea;")
