"""Notices about incidents handed over: mail by the workspace's own sender and provider, or a post to Slack's incoming webhook."""

import time

import msgspec

from tidings.channels import configure, secrets
from tidings.channels.exchange import NotAnswered, NotSent, Unfit, exchange
from tidings.channels.guard import pool as guarded
from tidings.channels.means import means_for, means_of
from tidings.channels.provider import Means, Missing
from tidings.database.access import list_workspaces
from tidings.database.looking import apart
from tidings.database.pool import Pool
from tidings.delivery import trial
from tidings.kernel.problems import Invalid
from tidings.project import incidents, store
from tidings.project.incidents import SLACK, Notice
from tidings.settings import Settings

_LONGEST = 3000
"""Characters of a post."""


async def tell_all(pool: Pool, settings: Settings, means: Means | None = None) -> int:
    """Look at every workspace once, and hand over what is to be told; gives how many notices were handed over."""
    now = time.time_ns() // 1000
    async with pool.acquire() as connection:
        for workspace in await list_workspaces(connection):
            with apart("a workspace could not be looked at", workspace=workspace.name):
                await incidents.watch(connection, workspace, settings.url, now)
    done = 0
    while True:
        async with pool.acquire() as connection:
            notice = await incidents.claim(connection, now)
        if notice is None:
            return done
        reason, again = await tell(pool, settings, notice, means or means_of(settings))
        async with pool.acquire() as connection:
            await incidents.settle(connection, notice, reason, again, now)
        done += not reason


async def tell(pool: Pool, settings: Settings, notice: Notice, means: Means) -> tuple[str, bool]:
    """Hand one over; gives why that failed ("": it did not), and whether it certainly did not arrive, so that it may be tried again."""
    if notice.way == "slack":
        async with pool.acquire() as connection:
            owner = await secrets.owner(connection, notice.workspace)
        if SLACK not in owner.sealed:
            return "Slack's address was taken away", False
        owned = means_for(means, owner)
        try:
            return await post(owned.secret(SLACK), _plain(f"*{notice.subject}*\n{_once(notice)}"), means)
        except Missing:
            return "Slack's address was sealed with another key than this machine's", False
    try:
        handed = await mail(pool, notice.workspace, means, notice.recipient, notice.subject, notice.text)
    except trial.Unfit as error:
        return error.says, False
    return ("", False) if handed.taken else (handed.says, handed.again)


async def mail(pool: Pool, workspace: int, means: Means, to: str, subject: str, text: str) -> trial.Handed:
    """Send a mail by the workspace's own sender and provider. Raises `trial.Unfit` where it has none, or the mail can't be made."""
    async with pool.acquire() as connection:
        owner = await secrets.owner(connection, workspace)
        own = (await store.newest(connection, workspace)).body.get("settings") or {}
    try:
        configured = configure({"email": (own.get("channels") or {})["email"]})["email"]
    except (KeyError, Invalid):
        raise trial.Unfit("email has no provider in this workspace yet", "", "") from None
    owned = means_for(means, owner)
    return await trial.send(pool, workspace, configured, own, owned, to=to, subject=subject, text=text)


async def post(url: str, text: str, means: Means) -> tuple[str, bool]:
    """Post a text to an incoming webhook, by the guarded way out; gives what `tell` gives. The address never stands in a reason."""
    body = msgspec.json.encode({"text": text[:_LONGEST]})
    headers = {"content-type": "application/json", "accept-encoding": "identity", "user-agent": "Tidings"}
    try:
        async with guarded(means.opened(means.hooks, "TIDINGS_WEBHOOK_NETWORKS"), connections=1) as connections:
            reply = await exchange(connections, "POST", url, headers, body, seconds=15, limit=1000)
    except Unfit as error:
        return f"Slack's address can't be used: {error}", False
    except NotSent as error:
        return f"Slack could not be reached: {error}", True
    except NotAnswered:
        return "Slack did not answer, so it is not known whether it arrived", False
    if reply.status == 200:
        return "", False
    return f"Slack answered {reply.status}", reply.status == 429 or reply.status >= 500


def _once(notice: Notice) -> str:
    """The text without its first line, where that says the same as the subject: in a channel they stand one below the other."""
    first, _, rest = notice.text.partition("\n")
    return rest if first and notice.subject.endswith(first.removesuffix(".")) else notice.text


def _plain(text: str) -> str:
    """As Slack asks for it: nothing that somebody wrote becomes a mention or a link."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
