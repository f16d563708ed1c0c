"""Routes about editing journeys."""
