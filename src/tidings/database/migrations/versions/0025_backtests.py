"""Backtests: what was asked, how far it is, what it came to; and, of each person, what would have happened to them."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0025"
down_revision = "0032"

SCRIPT = """
-- id is drawn at random: whoever has it may be shown the result. asked: what was asked for; result: what it came to, when done.
CREATE TABLE backtests (
    id        bytea PRIMARY KEY CHECK (octet_length(id) = 16),
    workspace smallint NOT NULL REFERENCES workspaces,
    journey   text NOT NULL,
    made_at   bigint NOT NULL,
    made_by   text NOT NULL,
    state     text NOT NULL CHECK (state IN ('running', 'done', 'cancelled', 'failed')),
    alive_at  bigint NOT NULL,              -- when whoever runs it was last seen
    done      integer NOT NULL DEFAULT 0,   -- slices finished, of parts
    parts     integer NOT NULL,
    asked     json NOT NULL,
    result    json,
    reason    text NOT NULL DEFAULT ''      -- why it failed
);
CREATE INDEX backtests_of_workspace ON backtests (workspace, made_at);

-- What would have happened to each person, and how some messages would have read: they go when the person is deleted.
CREATE TABLE backtest_people (
    backtest  bytea NOT NULL REFERENCES backtests ON DELETE CASCADE,
    person    bytea NOT NULL,
    body      bytea NOT NULL,
    PRIMARY KEY (backtest, person)
);
CREATE INDEX backtest_people_by_person ON backtest_people (person);
CREATE TABLE backtest_samples (
    backtest  bytea NOT NULL REFERENCES backtests ON DELETE CASCADE,
    side      smallint NOT NULL,
    person    bytea NOT NULL,
    body      bytea NOT NULL
);
CREATE INDEX backtest_samples_of ON backtest_samples (backtest, side);
CREATE INDEX backtest_samples_by_person ON backtest_samples (person);
"""


def upgrade() -> None:
    """Make the tables."""
    execute_script(op.get_bind(), SCRIPT)
