"""Routes about what waits for approval."""
