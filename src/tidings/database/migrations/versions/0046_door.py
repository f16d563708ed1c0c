"""Who stands before the door of a journey that lets in only so many, and who was let in."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0046"
down_revision = "0057"


def upgrade() -> None:
    """Make the index and the table."""
    execute_script(
        op.get_bind(),
        """
        -- Before the door (at no step yet), first come first.
        CREATE INDEX standing_before ON standing (workspace, journey, since, run) WHERE step = '';
        CREATE INDEX standing_before_run ON standing (workspace, journey, run) WHERE step = '';

        -- Runs that were let in or sent away: kept while they count towards a rate, and until the log's record has reached them.
        CREATE TABLE admissions (
            workspace smallint NOT NULL,
            journey   text NOT NULL,
            run       bytea NOT NULL,
            at        bigint NOT NULL,
            ok        boolean NOT NULL,
            PRIMARY KEY (workspace, journey, run)
        ) WITH (fillfactor = 80);
        CREATE INDEX admissions_at ON admissions (workspace, journey, at) WHERE ok;
        """,
    )
