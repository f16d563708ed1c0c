"""Segments: the people for whom a rule holds now, or a list made by hand."""

from tidings.segments.document import Segment, read, readable, schema, write
from tidings.segments.order import in_order

__all__ = ["Segment", "in_order", "read", "readable", "schema", "write"]
