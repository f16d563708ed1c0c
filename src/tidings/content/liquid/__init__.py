"""Liquid: templates read, checked, compiled and rendered, within limits."""

from tidings.content.liquid.context import State
from tidings.content.liquid.faults import Place
from tidings.content.liquid.script import ROOTS, RenderError, Script, Unread, locator, parse

__all__ = ["ROOTS", "Place", "RenderError", "Script", "State", "Unread", "locator", "parse"]
