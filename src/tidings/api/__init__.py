"""HTTP: the hot routes where SDKs deliver, the pages behind messages, and what is read and managed with an app key."""

from tidings.api.app import make

__all__ = ["make"]
