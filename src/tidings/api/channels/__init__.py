"""Channels and the providers that carry them."""
