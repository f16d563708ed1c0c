"""Routes about deliveries."""
