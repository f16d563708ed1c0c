"""Routes about who stands behind the numbers."""
