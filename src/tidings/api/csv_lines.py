"""Rows of CSV as bytes, for people who open them in a spreadsheet."""

import csv
import io
import re
from collections.abc import Sequence
from typing import Final

_FORMULA: Final = re.compile(r"[=+@\t\r]|-(?![\d.,]+(?:[eE][+-]?\d+)?$)")
"""How a formula begins. A minus does too, but for one before a mere number."""


def csv_lines(rows: Sequence[Sequence[str]]) -> bytes:
    """Write rows; what a spreadsheet would take for a formula is kept a text."""
    out = io.StringIO()
    csv.writer(out).writerows([["'" + cell if _FORMULA.match(cell) else cell for cell in row] for row in rows])
    return out.getvalue().encode()
