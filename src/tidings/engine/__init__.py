"""The engine: one pure function that moves a person. No input or output, no clock, no dice."""

from tidings.engine.definitions import Definitions, Workspace, seal
from tidings.engine.needs import NOTHING, Facts, Needs, Query
from tidings.engine.step import Step, step, upgrade

__all__ = ["NOTHING", "Definitions", "Facts", "Needs", "Query", "Step", "Workspace", "seal", "step", "upgrade"]
