"""Derived events: events that a marketer defines by a rule over those that are sent."""

from tidings.events.document import DerivedEvent, derived, in_force, read, readable, schema, write

__all__ = ["DerivedEvent", "derived", "in_force", "read", "readable", "schema", "write"]
