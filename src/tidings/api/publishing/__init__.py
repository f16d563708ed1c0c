"""Routes about publishing journeys."""
