"""What tests of the processor share."""

from collections.abc import AsyncIterator

import pytest

from tests.conftest import Database
from tests.processor.town import Town


@pytest.fixture(params=[1, 2], ids=["one worker", "two workers"])
async def town(request: pytest.FixtureRequest, database: Database) -> AsyncIterator[Town]:
    """A town that must come to the same whether one worker or two apply what happens in it."""
    made = await Town.make(database, workers=request.param)
    yield made
    await made.close()
