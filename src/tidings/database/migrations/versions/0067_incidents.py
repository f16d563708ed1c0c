"""What needs a look, from when until when, who is told of it, and what they were told."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0067"
down_revision = "0055"


def upgrade() -> None:
    """Make the tables."""
    execute_script(
        op.get_bind(),
        """
        -- key: one at a time is open of each. seen: when it was so last; it is over some minutes after that. told, end_told: a notice
        -- of it was made. Instants are microseconds.
        CREATE TABLE incidents (
            id        bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            key       text NOT NULL,
            says      text NOT NULL,
            place     text NOT NULL,
            grave     boolean NOT NULL,
            began     bigint NOT NULL,
            seen      bigint NOT NULL,
            ended     bigint,
            told      boolean NOT NULL DEFAULT false,
            end_told  boolean NOT NULL DEFAULT false
        );
        CREATE UNIQUE INDEX incidents_open ON incidents (workspace, key) WHERE ended IS NULL;
        CREATE INDEX incidents_newest ON incidents (workspace, id);

        -- Whoever wants mail of them: of all, or of grave ones alone.
        CREATE TABLE incident_readers (
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            account   bigint NOT NULL REFERENCES accounts ON DELETE CASCADE,
            level     text NOT NULL CHECK (level IN ('all', 'grave')),
            PRIMARY KEY (workspace, account)
        );

        -- A message about incidents to one reader. way: mail or slack. state: sending is written before it is handed over, so that nobody
        -- is told twice; what stays so for long is unknown.
        CREATE TABLE notices (
            id           bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            workspace    smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            way          text NOT NULL CHECK (way IN ('mail', 'slack')),
            recipient    text NOT NULL,
            subject      text NOT NULL,
            text         text NOT NULL,
            made         bigint NOT NULL,
            state        text NOT NULL DEFAULT 'waiting' CHECK (state IN ('waiting', 'sending', 'sent', 'failed')),
            attempts     smallint NOT NULL DEFAULT 0,
            next_attempt bigint NOT NULL,
            reason       text NOT NULL DEFAULT ''
        );
        CREATE INDEX notices_to_send ON notices (next_attempt) WHERE state = 'waiting';
        CREATE INDEX notices_newest ON notices (workspace, id);
        """,
    )
