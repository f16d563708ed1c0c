"""Routes about what will be sent."""
