"""When all sending of a workspace was stopped, by whom and why, and what became of what was held when it was resumed."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0054"
down_revision = "0042"


def upgrade() -> None:
    """Make the table."""
    execute_script(
        op.get_bind(),
        """
        CREATE TABLE sending_stops (
            workspace  smallint NOT NULL REFERENCES workspaces,
            stopped_at bigint NOT NULL,
            stopped_by text NOT NULL,
            reason     text NOT NULL,
            resumed_at bigint,                          -- NULL: it stands
            resumed_by text NOT NULL DEFAULT '',
            held       text NOT NULL DEFAULT '' CHECK (held IN ('', 'send', 'drop')),
            PRIMARY KEY (workspace, stopped_at)
        );
        CREATE UNIQUE INDEX sending_stops_one ON sending_stops (workspace) WHERE resumed_at IS NULL;
        """,
    )
