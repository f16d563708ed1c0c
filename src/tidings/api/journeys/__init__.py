"""Routes about journeys."""
