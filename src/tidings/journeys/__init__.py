"""Journeys: the document people pass through, its steps and triggers, and the way through it."""

from tidings.journeys.document import Journey, read, route, write
from tidings.journeys.goal import Goal
from tidings.journeys.route import Node, Route
from tidings.journeys.schema import forms, schema

__all__ = ["Goal", "Journey", "Node", "Route", "forms", "read", "route", "schema", "write"]
