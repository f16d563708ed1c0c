"""Routes about who is told of incidents."""
