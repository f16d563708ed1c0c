"""What tests of the project share."""

import pytest

from tests.project import canvas as web


@pytest.fixture(scope="session")
def canvas(tmp_path_factory: pytest.TempPathFactory) -> str:
    """Where the canvas's code is, built."""
    if not web.ROLLDOWN.is_file():
        pytest.skip("the web app's packages are not installed (make web)")
    return web.build(tmp_path_factory.mktemp("canvas"))
