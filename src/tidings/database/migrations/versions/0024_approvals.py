"""What waits for somebody else's approval."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0024"
down_revision = "0012"


def upgrade() -> None:
    """Make the table."""
    execute_script(
        op.get_bind(),
        """
        -- A change that somebody wants in force. It is made against definitions over, and lapses where others come in between.
        CREATE TABLE approvals (
            id        integer GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            over      integer NOT NULL,
            hash      bytea NOT NULL,       -- of all that is approved: over, and the body with its choices
            body      json NOT NULL,
            drafts    json NOT NULL,        -- those it publishes: [kind, name, revision]
            note      text NOT NULL,
            asked_by  text NOT NULL,
            asked_at  bigint NOT NULL,
            given_by  text,                 -- who approved or declined
            given_at  bigint,
            approved  boolean,
            UNIQUE (workspace, hash)
        );
        """,
    )
