"""``server``: the application, served for one test on a database of its own."""

from collections.abc import AsyncIterator

import pytest

from tests.api.serving import Server, serving
from tests.conftest import Database


@pytest.fixture
async def server(database: Database) -> AsyncIterator[Server]:
    """The running application with one key of each kind, and nobody working on its log."""
    async with serving(database) as running:
        yield running
