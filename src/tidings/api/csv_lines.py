"""Rows of CSV as bytes, for people who open them in a spreadsheet."""

import csv
import io
from collections.abc import Sequence


def csv_lines(rows: Sequence[Sequence[str]]) -> bytes:
    """Write rows; what a spreadsheet would take for a formula is kept a text."""
    out = io.StringIO()
    csv.writer(out).writerows(
        [["'" + cell if cell[:1] in "=+@\t\r" and cell else cell for cell in row] for row in rows]
    )
    return out.getvalue().encode()
