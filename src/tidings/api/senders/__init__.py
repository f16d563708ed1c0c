"""Sender addresses, confirmed by a mailed link."""
