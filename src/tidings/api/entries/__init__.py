"""Routes of letting people into journeys that begin from the API."""
