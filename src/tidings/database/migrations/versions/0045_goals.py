"""Which runs reached their goal, and the numbers of it."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0045"
down_revision = "0050"


def upgrade() -> None:
    """Make the tables."""
    execute_script(
        op.get_bind(),
        """
        -- A run that reached a goal, so that nothing counts it twice. partition: its person's home. goal: tells goals apart that count
        -- differently; a goal that was edited is another.
        CREATE TABLE conversions (
            partition smallint NOT NULL,
            workspace smallint NOT NULL,
            journey   text NOT NULL,
            goal      bytea NOT NULL,
            run       bytea NOT NULL,
            PRIMARY KEY (partition, workspace, journey, goal, run)
        );

        -- bucket: a partition of whoever counted; readers add buckets up. step: "" for runs, else those whose message at it is credited.
        -- arm: c, in the control group; else t. hour: its beginning, microseconds. value: millionths of the currency ("": not told).
        CREATE TABLE goal_numbers (
            bucket    smallint NOT NULL,
            workspace smallint NOT NULL,
            journey   text NOT NULL,
            goal      bytea NOT NULL,
            version   integer NOT NULL,
            step      text NOT NULL,
            arm       text NOT NULL,
            currency  text NOT NULL,
            hour      bigint NOT NULL,
            count     bigint NOT NULL,
            value     numeric NOT NULL,
            PRIMARY KEY (bucket, workspace, journey, goal, version, step, arm, currency, hour)
        ) WITH (fillfactor = 60);
        """,
    )
