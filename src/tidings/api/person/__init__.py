"""Routes of one person."""
