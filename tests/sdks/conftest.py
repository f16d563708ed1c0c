"""``live``: the application with a worker, served for one test. ``seen``: what it then knows."""

from collections.abc import AsyncIterator

import pytest

from tests.api.serving import Server, serving
from tests.conftest import Database
from tests.sdks.seen import Seen


@pytest.fixture
async def live(database: Database) -> AsyncIterator[Server]:
    """The running application with one key of each kind, and a worker."""
    async with serving(database, working=True) as running:
        yield running


@pytest.fixture
def seen(live: Server) -> Seen:
    return Seen(live)
