"""What befell groups, on its way to their members."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0042"
down_revision = "0046"


def upgrade() -> None:
    """Make the table."""
    execute_script(
        op.get_bind(),
        """
        -- at: when it happened, microseconds. body: the record for members, without them. person: the last member told.
        CREATE TABLE occasions (
            partition smallint NOT NULL,
            workspace smallint NOT NULL,
            at        bigint NOT NULL,
            id        bytea NOT NULL,
            body      bytea NOT NULL,
            person    bytea NOT NULL DEFAULT '',
            PRIMARY KEY (partition, workspace, at, id)
        );
        """,
    )
