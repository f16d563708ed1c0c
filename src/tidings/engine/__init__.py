"""The engine: one pure function that moves a person. No input or output, no clock, no dice."""

from tidings.engine.concern import Concern, Found
from tidings.engine.definitions import Definitions, Workspace, seal
from tidings.engine.needs import NOTHING, Facts, Needs, Query, query_key
from tidings.engine.step import Step, rejoin, step, upgrade
from tidings.engine.waking import waking

__all__ = [
    "NOTHING",
    "Concern",
    "Definitions",
    "Facts",
    "Found",
    "Needs",
    "Query",
    "Step",
    "Workspace",
    "query_key",
    "rejoin",
    "seal",
    "step",
    "upgrade",
    "waking",
]
