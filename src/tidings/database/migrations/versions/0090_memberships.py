"""Memberships are found by segment alone: which segments a person is in, their document says."""

from alembic import op

from tidings.database.migrate import execute_script

revision = "0090"
down_revision = "0093"


def upgrade() -> None:
    """Drop the index that each membership had to be entered in as well."""
    execute_script(op.get_bind(), "DROP INDEX memberships_of_person;")
