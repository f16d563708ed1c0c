"""The first tables: every room's file of ``schema/``, in order."""

from alembic import op

from tidings.database.migrate import SCHEMA, execute_script

revision = "0001"
down_revision = None

FIRST = ("access", "definitions", "log", "history", "people")
"""Those others build on; the rest follow by name."""


def upgrade() -> None:
    """Make the tables."""
    names = sorted(path.stem for path in SCHEMA.glob("*.sql"))
    for name in sorted(names, key=lambda name: FIRST.index(name) if name in FIRST else len(FIRST)):
        execute_script(op.get_bind(), (SCHEMA / f"{name}.sql").read_text(encoding="utf-8"))
