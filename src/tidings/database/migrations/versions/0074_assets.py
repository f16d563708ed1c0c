"""Pictures that messages show: their bytes by hash, and what they show in words."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0074"
down_revision = "0070"


def upgrade() -> None:
    """Make them."""
    execute_script(
        op.get_bind(),
        """
        -- hash: the first 20 bytes of the SHA-256 of data. A row is never changed; what was sent goes on showing it.
        CREATE TABLE assets (
            hash      bytea NOT NULL,
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            type      text NOT NULL,
            size      integer NOT NULL,
            data      bytea NOT NULL,
            made_at   bigint NOT NULL,
            PRIMARY KEY (hash, workspace)
        );
        ALTER TABLE assets ALTER COLUMN data SET STORAGE EXTERNAL;  -- pictures are packed already
        CREATE INDEX assets_held ON assets (workspace) INCLUDE (size);

        -- says: what it shows, for who can't see it; offered where it is put into a message.
        CREATE TABLE asset_words (
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            name      text NOT NULL,
            says      text NOT NULL,
            PRIMARY KEY (workspace, name)
        );
        """,
    )
