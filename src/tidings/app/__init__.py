"""The composition: one process each for API, worker and delivery, a supervisor that runs them together, and the doctor."""
