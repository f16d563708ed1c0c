"""What befalls groups in a backtest, where a derived event does: worked out before people are played, gone when they have been."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0084"
down_revision = "0073"


def upgrade() -> None:
    """Make the table."""
    execute_script(
        op.get_bind(),
        """
        -- ``side``: for which it is so; ``at``: microseconds; ``body``: as a row of history about it has it.
        CREATE TABLE backtest_occasions (
            backtest bytea NOT NULL REFERENCES backtests ON DELETE CASCADE,
            side     smallint NOT NULL,
            type     text NOT NULL,
            key      text NOT NULL,
            at       bigint NOT NULL,
            id       bytea NOT NULL,
            event    text NOT NULL,
            body     bytea NOT NULL,
            PRIMARY KEY (backtest, type, key, side, at, id)
        );
        """,
    )
