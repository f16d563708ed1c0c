"""Derived events: events that a marketer defines by a rule over those that are sent."""

from tidings.events.document import DerivedEvent, derived, read, readable, schema, write

__all__ = ["DerivedEvent", "derived", "read", "readable", "schema", "write"]
