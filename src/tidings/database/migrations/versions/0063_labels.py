"""How people keep journeys, segments and content in order: folders, tags, the archive, and each account's favourites."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0063"
down_revision = "0067"


def upgrade() -> None:
    """Make them."""
    execute_script(
        op.get_bind(),
        """
        -- kind and name: of a document. archived_at: null where it stands in the lists.
        CREATE TABLE labels (
            workspace   smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            kind        text NOT NULL,
            name        text NOT NULL,
            folder      text NOT NULL DEFAULT '',
            tags        text[] NOT NULL DEFAULT '{}',
            archived_at bigint,
            archived_by text NOT NULL DEFAULT '',
            PRIMARY KEY (workspace, kind, name)
        );

        CREATE TABLE favourites (
            account   bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            kind      text NOT NULL,
            name      text NOT NULL,
            PRIMARY KEY (account, workspace, kind, name)
        );
        """,
    )
