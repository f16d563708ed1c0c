"""``python -m tidings.app ROLE``: one process of the installation, as `tidings up` starts it."""

import sys

import uvloop

from tidings.app.logs import configure
from tidings.app.roles import run
from tidings.database.embedded import NotStarted
from tidings.database.migrate import Unfit
from tidings.kernel.problems import Invalid
from tidings.settings import load

if __name__ == "__main__":
    try:
        settings = load()
        configure(settings.log_level)
        uvloop.run(run(sys.argv[1], settings))
    except (Invalid, NotStarted, Unfit) as fault:
        sys.exit(str(fault))
