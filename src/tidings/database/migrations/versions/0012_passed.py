"""Times that a build counted for people whom it left as they are."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0012"
down_revision = "0019"


def upgrade() -> None:
    """Make the table."""
    execute_script(
        op.get_bind(),
        """
        -- What new counters hold of people whom nothing else of the definitions concerns: taken into the document when next something
        -- touches it, and gone then. See people/passed.py.
        CREATE TABLE passed (
            partition smallint NOT NULL,
            person    bytea NOT NULL,
            number    integer NOT NULL,  -- of the definitions it was counted for
            counters  bytea NOT NULL,
            PRIMARY KEY (partition, person, number)
        );
        """,
    )
