"""When a sender's address was last mailed the link that confirms it, so that whoever comes back to the page knows."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0088"
down_revision = "0085"


def upgrade() -> None:
    """Make the table."""
    execute_script(
        op.get_bind(),
        """
        CREATE TABLE mailed_links (
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            email     text NOT NULL,
            at        bigint NOT NULL,
            PRIMARY KEY (workspace, email)
        );
        """,
    )
