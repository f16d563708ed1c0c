"""The world of the delivery tests."""

import pytest

from tests.conftest import Database
from tests.delivery.world import World


@pytest.fixture
async def world(database: Database) -> World:
    """A workspace with nobody in it yet; `publish` puts it in force."""
    return World(database)
