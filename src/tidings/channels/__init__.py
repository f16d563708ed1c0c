"""Channels: email, SMS, push, webhook and whatever folder is dropped in here; each with its providers."""

from tidings.channels.walk import Configured, configure, registry

__all__ = ["Configured", "configure", "registry"]
