"""``server``: the application, served for one test on a database of its own. ``live``: the same with a worker.

A test of an SDK takes ``live``: it sends with ``live.write_key`` (or ``public_key``, ``track_login``, ``app_key``) to ``live.url``, and
reads back what became of it by `tests.api.hooks`, which finds the server by the environment that ``live`` sets.
"""

from collections.abc import AsyncIterator

import pytest

from tests.api.serving import Server, serving
from tests.conftest import Database


@pytest.fixture
async def server(database: Database) -> AsyncIterator[Server]:
    """The running application with one key of each kind, and nobody working on its log."""
    async with serving(database) as running:
        yield running


@pytest.fixture
async def live(database: Database, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[Server]:
    """The running application with a worker."""
    async with serving(database, working=True) as running:
        monkeypatch.setenv("BASE_URL", running.url)
        monkeypatch.setenv("APP_API_KEY", running.app_key)
        yield running
