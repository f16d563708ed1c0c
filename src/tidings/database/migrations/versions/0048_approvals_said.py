"""What files said goes with a request for approval, so that they count as applied once it is approved; and why one was declined."""

from alembic import op

revision = "0048"
down_revision = "0037"


def upgrade() -> None:
    """Add the columns."""
    op.execute("ALTER TABLE approvals ADD COLUMN said json")  # {whole, documents: [[kind, name, document]]}
    op.execute("ALTER TABLE approvals ADD COLUMN answer text NOT NULL DEFAULT ''")
