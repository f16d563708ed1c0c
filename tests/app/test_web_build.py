"""The building of the web app, where npm can't do what it is asked."""

import hatch_build
import pytest


def test_what_npm_can_not_do_is_said_without_a_traceback() -> None:
    with pytest.raises(SystemExit, match=r"^npm run failed, for the reason above$"):
        hatch_build._npm("run", "--silent", "a-script-that-is-not-there", quiet=True)
