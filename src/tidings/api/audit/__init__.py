"""Routes about the audit log."""
