"""Who looks at a draft right now."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0050"
down_revision = "0049"


def upgrade() -> None:
    """Make the table. It holds nothing that a crash may not forget."""
    execute_script(
        op.get_bind(),
        """
        CREATE UNLOGGED TABLE looking (
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            kind      text NOT NULL,
            name      text NOT NULL,
            who       text NOT NULL,
            at        bigint NOT NULL,
            PRIMARY KEY (workspace, kind, name, who)
        );
        """,
    )
