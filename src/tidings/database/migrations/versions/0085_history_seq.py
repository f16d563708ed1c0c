"""In which order rows of history were written, where the moment and the place do not tell: a table keeps them in none."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0085"
down_revision = "0084"


def upgrade() -> None:
    """Make the column; rows that are there have none, and come first."""
    execute_script(
        op.get_bind(),
        """
        -- seq: grows with each row that a worker writes. Of one person, one moment and one place, it says what came first.
        CREATE SEQUENCE history_seq AS bigint CACHE 64;
        ALTER TABLE history ADD COLUMN seq bigint;
        ALTER TABLE history ALTER COLUMN seq SET DEFAULT nextval('history_seq');
        ALTER SEQUENCE history_seq OWNED BY history.seq;
        """,
    )
