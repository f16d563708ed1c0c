"""Tidings: customer messaging that follows what people do in a product."""

__version__ = "0.1.0"
