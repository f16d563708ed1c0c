"""Routes of what came in: the catalog and the rejected list."""
