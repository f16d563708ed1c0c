"""What providers of this installation may use: its secrets, those that a workspace stored, and the key they are sealed with."""

from dataclasses import replace
from functools import partial

from tidings.channels import secrets as stored
from tidings.channels.provider import Means
from tidings.database.pool import Connection
from tidings.settings import Settings, secrets
from tidings.teams.key import installation_key


def means_of(settings: Settings) -> Means:
    """Give it, without what belongs to one workspace."""
    return Means(
        relays=settings.mail_networks,
        hooks=settings.webhook_networks,
        environ=secrets(),
        allotted=settings.workspace_secrets,
        key=partial(installation_key, settings),
    )


async def means_of_workspace(connection: Connection, workspace: int, settings: Settings) -> Means:
    """Give it with a workspace's own secrets."""
    return means_for(means_of(settings), await stored.owner(connection, workspace))


def means_for(means: Means, owner: stored.Owner) -> Means:
    """Give it with the secrets of their owner alone."""
    return replace(means, environ=stored.Secrets(owner, means.key, means.environ, means.allotted))
