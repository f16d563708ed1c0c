"""Rehearsals that were asked for over HTTP wait in the same table until a process of their own takes one after the other."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0049"
down_revision = "0056"

SCRIPT = """
-- kind: on history, or with people made up. job: what is to be done, whole, until it is done (null: whoever asked does it itself);
-- tries: how often one was begun, since the process that did it may have gone away.
ALTER TABLE backtests ADD COLUMN kind text NOT NULL DEFAULT 'backtest' CHECK (kind IN ('backtest', 'simulation'));
ALTER TABLE backtests ADD COLUMN job bytea;
ALTER TABLE backtests ADD COLUMN tries smallint NOT NULL DEFAULT 0;
ALTER TABLE backtests DROP CONSTRAINT backtests_state_check;
ALTER TABLE backtests ADD CONSTRAINT backtests_state_check CHECK (state IN ('waiting', 'running', 'done', 'cancelled', 'failed'));
CREATE INDEX backtests_unfinished ON backtests (made_at) WHERE state IN ('waiting', 'running');
"""


def upgrade() -> None:
    """Add columns."""
    execute_script(op.get_bind(), SCRIPT)
