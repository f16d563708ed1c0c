"""Routes about keys."""
