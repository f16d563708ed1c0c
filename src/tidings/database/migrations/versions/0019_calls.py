"""What runs ask of the world outside, and wait for."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0019"
down_revision = "0034"


def upgrade() -> None:
    """Make the table."""
    execute_script(
        op.get_bind(),
        """
        -- A call is planned in the commit of the step that asks, claimed by a caller (from then on it is not known whether it was made),
        -- and settled in the commit that appends its answer to the log. Times in microseconds.
        CREATE TABLE calls (
            partition     smallint NOT NULL,      -- the person's home
            id            bytea NOT NULL,         -- of this visit of this step of this run
            workspace     smallint NOT NULL,
            person        bytea NOT NULL,
            run           bytea NOT NULL,
            journey       text NOT NULL,
            step          text NOT NULL,
            kind          text NOT NULL,          -- webhook, run
            request       bytea NOT NULL,         -- MessagePack; emptied with the end
            definitions   integer NOT NULL,
            sure          boolean NOT NULL,       -- made again where it is not known whether it arrived
            due           bigint NOT NULL,
            until         bigint NOT NULL,        -- the run goes on without an answer from then on
            state         text NOT NULL DEFAULT 'planned',  -- calling, done, failed, cancelled
            attempts      smallint NOT NULL DEFAULT 0,
            next_attempt  bigint NOT NULL,
            claimed_by    integer,
            unknown_since bigint,
            reason        text NOT NULL DEFAULT '',
            settled       bigint,
            PRIMARY KEY (partition, id)
        );
        CREATE INDEX calls_due ON calls (next_attempt) WHERE state = 'planned';
        CREATE INDEX calls_under_way ON calls (claimed_by) WHERE state = 'calling';
        CREATE INDEX calls_run ON calls (partition, run) WHERE state = 'planned';
        CREATE INDEX calls_person ON calls (partition, person);
        CREATE INDEX calls_settled ON calls (settled) WHERE settled IS NOT NULL;
        """,
    )
