"""What providers may use where this process opens them, for a test or a report."""

from functools import partial

from tidings.channels.provider import Means
from tidings.settings import Settings, secrets
from tidings.teams.key import installation_key


def means_of(settings: Settings) -> Means:
    """Give it, without what belongs to one workspace."""
    return Means(environ=secrets(), key=partial(installation_key, settings))
