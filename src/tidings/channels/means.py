"""What providers of this installation may use: its secrets, those that a workspace stored, and the key they are sealed with."""

from collections.abc import Mapping
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
    return with_secrets(means_of(settings), workspace, await stored.sealed(connection, workspace))


def with_secrets(means: Means, workspace: int, sealed: Mapping[str, str]) -> Means:
    """Give it with what a workspace stored, as it is stored."""
    return replace(means, environ=stored.Secrets(workspace, sealed, means.key, means.environ))
