"""What the docs say of each example is what its backtest says, and the version in force agrees with what it did."""

from pathlib import Path

import pytest

from tests.conftest import Database
from tests.examples.history import EXAMPLES
from tests.examples.pages import FOLDER, page


@pytest.mark.parametrize("folder", EXAMPLES, ids=lambda folder: folder.name)
async def test_the_page_of_an_example_is_current(database: Database, folder: Path) -> None:
    written = await page(database, folder)
    assert written.count("**Calibration**: 100 % of all moves agree") == written.count("## `")
    assert (FOLDER / f"{folder.name}.md").read_text(encoding="utf-8") == written, "run `make docs`"
