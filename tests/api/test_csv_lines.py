"""What leaves as CSV is opened in a spreadsheet, and some of it was said by strangers."""

import csv
import io

import pytest

from tidings.api.csv_lines import csv_lines


@pytest.mark.parametrize("cell", ["=1+1", "+1", "@cmd", "\t=1", "\r=1", "-1+cmd|' /C calc'!A0", "-"])
def test_what_a_spreadsheet_would_run_is_kept_a_text(cell: str) -> None:
    ((said,),) = csv.reader(io.StringIO(csv_lines([[cell]]).decode(), newline=""))
    assert said == "'" + cell


@pytest.mark.parametrize("cell", ["", "-5", "-1,000.50", "-1e-05", "a=b", "2026-11-27"])
def test_everything_else_is_written_as_it_is(cell: str) -> None:
    assert csv_lines([[cell, "x"]]).decode() in (f"{cell},x\r\n", f'"{cell}",x\r\n')
