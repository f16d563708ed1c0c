"""Delivery: from a planned message to a provider's answer, and from there what became of it."""
