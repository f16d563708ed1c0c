"""What the Data pages need: sources switched off and shown again, events by day, and what a team writes about an event or attribute."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0057"
down_revision = "0059"


def upgrade() -> None:
    """Make them."""
    execute_script(
        op.get_bind(),
        """
        -- sealed: the credential of a source that sends, sealed with the installation's key, so that it can be shown again; app keys
        -- have none.
        ALTER TABLE sources ADD COLUMN disabled boolean NOT NULL DEFAULT false;
        ALTER TABLE sources ADD COLUMN sealed text;
        CREATE TRIGGER sources_switched AFTER UPDATE OF disabled ON sources
            FOR EACH STATEMENT EXECUTE FUNCTION tidings_keys_changed();

        -- How often an event was seen on a day (days since 1970, UTC). bucket: as in catalog.
        CREATE TABLE catalog_days (
            bucket    smallint NOT NULL,
            workspace smallint NOT NULL,
            kind      text NOT NULL,
            name      text NOT NULL,
            day       integer NOT NULL,
            count     bigint NOT NULL,
            PRIMARY KEY (bucket, workspace, kind, name, day)
        ) WITH (fillfactor = 60);
        CREATE INDEX catalog_days_of_workspace ON catalog_days (workspace, day);

        -- hidden: left out where names are offered. sensitive: no example of it is kept, and none is shown.
        CREATE TABLE catalog_words (
            workspace   smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            kind        text NOT NULL,
            name        text NOT NULL,
            property    text NOT NULL,
            description text NOT NULL,
            hidden      boolean NOT NULL,
            sensitive   boolean NOT NULL,
            PRIMARY KEY (workspace, kind, name, property)
        );
        """,
    )
