"""How far goals that are counted again have come."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0047"
down_revision = "0043"


def upgrade() -> None:
    """Make the table."""
    execute_script(
        op.get_bind(),
        """
        -- since: when the goal came into force. done: partitions of the pass under way. next: when the next begins, null: no more.
        CREATE TABLE recounts (
            workspace smallint NOT NULL,
            journey   text NOT NULL,
            goal      bytea NOT NULL,
            since     bigint NOT NULL,
            passes    integer NOT NULL DEFAULT 0,
            done      smallint NOT NULL DEFAULT 0,
            next      bigint,
            PRIMARY KEY (workspace, journey, goal)
        );
        """,
    )
