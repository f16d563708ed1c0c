"""What is set up in the browser: secrets of providers, sealed with the installation's key, and sender addresses that somebody confirmed."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0056"
down_revision = "0048"


def upgrade() -> None:
    """Make the tables."""
    execute_script(
        op.get_bind(),
        """
        -- hint: the last characters, to tell it by.
        CREATE TABLE secrets (
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            name      text NOT NULL CHECK (name ~ '^[A-Z][A-Z0-9_]*$'),
            sealed    text NOT NULL,
            hint      text NOT NULL,
            made_by   text NOT NULL,
            made_at   bigint NOT NULL,
            PRIMARY KEY (workspace, name)
        );

        -- Whoever reads this address has opened the link that was mailed to it.
        CREATE TABLE confirmed_senders (
            workspace smallint NOT NULL REFERENCES workspaces ON DELETE CASCADE,
            email     text NOT NULL,
            at        bigint NOT NULL,
            PRIMARY KEY (workspace, email)
        );
        """,
    )
