"""Taking in people who matched a journey before it was published."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0043"
down_revision = "0053"


def upgrade() -> None:
    """Make the table."""
    execute_script(
        op.get_bind(),
        """
        -- since: when it was asked for, and number: what was in force then. each: microseconds from one person to the next
        -- (0: at once), as rate says; at: up to when that is used up. partition, person: the place it has come to.
        -- handed: people so far. ended, why: when and why it is over.
        CREATE TABLE intakes (
            workspace smallint NOT NULL,
            journey   text NOT NULL,
            since     bigint NOT NULL,
            at        bigint NOT NULL,
            number    integer NOT NULL,
            each      bigint NOT NULL,
            rate      text NOT NULL,
            partition smallint NOT NULL DEFAULT 0,
            person    bytea NOT NULL DEFAULT '',
            handed    bigint NOT NULL DEFAULT 0,
            ended     bigint,
            why       text NOT NULL DEFAULT '',
            PRIMARY KEY (workspace, journey)
        );
        """,
    )
