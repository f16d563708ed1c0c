"""What providers may use where this process opens them, for a test or a report."""

from dataclasses import replace
from functools import partial

from tidings.channels import secrets as stored
from tidings.channels.provider import Means
from tidings.database.pool import Connection
from tidings.settings import Settings, secrets
from tidings.teams.key import installation_key


def means_of(settings: Settings) -> Means:
    """Give it, without what belongs to one workspace."""
    return Means(environ=secrets(), key=partial(installation_key, settings))


async def means_of_workspace(connection: Connection, workspace: int, settings: Settings) -> Means:
    """Give it with the secrets that are stored for a workspace."""
    means = means_of(settings)
    sealed = await stored.sealed(connection, workspace)
    return replace(means, environ=stored.Secrets(workspace, sealed, means.key, means.environ))
