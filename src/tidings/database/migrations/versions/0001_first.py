"""The first tables: every room's file of ``0001/``, in order. Those files stay as they are: tables change by further migrations."""

from pathlib import Path

from alembic import op

from tidings.database.migrate import execute_script

revision = "0001"
down_revision = None

FILES = Path(__file__).parents[1] / "0001"
ORDER = ("access", "definitions", "log", "history", "people", "deliveries", "mailbox")


def upgrade() -> None:
    """Make the tables."""
    for name in ORDER:
        execute_script(op.get_bind(), (FILES / f"{name}.sql").read_text(encoding="utf-8"))
