"""The world of the tests of calls."""

from collections.abc import AsyncIterator

import pytest

from tests.calls.world import Outside
from tests.conftest import Database
from tests.processor.town import Town


@pytest.fixture
async def outside(database: Database) -> AsyncIterator[Outside]:
    """A town with one worker."""
    town = await Town.make(database)
    yield Outside(town)
    await town.close()
