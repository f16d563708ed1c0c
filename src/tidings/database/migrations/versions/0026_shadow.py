"""A state for messages of journeys in shadow: everything was done but handing them over."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0026"
down_revision = "0025"

SCRIPT = """
ALTER TABLE deliveries DROP CONSTRAINT deliveries_state_check;
ALTER TABLE deliveries ADD CONSTRAINT deliveries_state_check CHECK
    (state IN ('planned', 'attempting', 'sent', 'failed', 'bounced', 'refused', 'cancelled', 'unknown', 'shadow')) NOT VALID;
CREATE INDEX deliveries_in_shadow ON deliveries (workspace, journey, due) WHERE state = 'shadow';
"""


def upgrade() -> None:
    """Allow it, and find such messages by their journey."""
    execute_script(op.get_bind(), SCRIPT)
