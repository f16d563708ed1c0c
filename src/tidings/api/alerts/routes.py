"""Who is told of what needs a look, and what was told."""

from typing import Literal
from urllib.parse import urlsplit

from litestar import delete, get, post, put
from msgspec import Struct

from tidings.api.here import Here
from tidings.api.limits import by_hand
from tidings.api.permit import may
from tidings.api.problem import Fault, Refusal
from tidings.channels import secrets
from tidings.channels.means import means_of
from tidings.delivery.trial import Handed
from tidings.kernel.problems import did_you_mean
from tidings.kernel.times import show_iso
from tidings.project import incidents
from tidings.project.incidents import SLACK, Notice
from tidings.project.looks import KINDS
from tidings.project.telling import tell
from tidings.settings import Settings
from tidings.teams import audit
from tidings.teams.key import installation_key


class Told(Struct):
    """A notice. ``state``: waiting, sending, sent or failed; ``reason``: why, where it is not sent."""

    way: str
    recipient: str
    subject: str
    at: str
    state: str
    reason: str


class Happened(Struct):
    """An incident. ``ended``: null while it lasts. ``place``: where in the app, below the workspace."""

    says: str
    place: str
    grave: bool
    began: str
    ended: str | None


class Alerted(Struct):
    """Somebody who is told by mail, and of what ``kinds``."""

    email: str
    kinds: list[str]


class AlertKind(Struct):
    """A kind of what needs a look. ``grave``: messages are lost or people annoyed."""

    name: str
    title: str
    about: str
    grave: bool


class Alerts(Struct):
    """``kinds``: all there are. ``mine``: those that the caller is mailed of. ``slack``: the last characters of the stored address, null:
    there is none; ``slack_kinds``: what Slack is told of."""

    kinds: list[AlertKind]
    mine: list[str]
    people: list[Alerted]
    slack: str | None
    slack_kinds: list[str]
    incidents: list[Happened]
    notices: list[Told]


class KindsChosen(Struct):
    """Of what ``kinds`` to be told, by their names. A kind that comes with a later version is told too."""

    kinds: list[str]


class Webhook(Struct):
    """``url``: the address of an incoming webhook of Slack, or of a program that takes the same (Mattermost, Rocket.Chat). It is sealed,
    and can't be read again."""

    url: str


class Trial(Struct):
    """By which way: mail goes to the caller."""

    way: Literal["mail", "slack"]


@get("/alerts", guards=[may("settings:read")])
async def read_alerts(here: Here) -> Alerts:
    """Say who is told, what happened lately, and what was told."""
    async with here.pool.acquire() as connection:
        readers = await incidents.readers_of(connection, here.workspace.id)
        kept = {each.name: each for each in await secrets.kept(connection, here.workspace.id)}
        happened = await incidents.newest(connection, here.workspace.id)
        told = await incidents.notices(connection, here.workspace.id)
    people = [Alerted(each.recipient, each.kinds) for each in readers if each.way == "mail"]
    mine: list[str] = next((each.kinds for each in people if here.account and each.email == here.account.email), [])
    return Alerts(
        [AlertKind(each.name, each.title, each.about, each.grave) for each in KINDS],
        mine,
        people,
        kept[SLACK].hint if SLACK in kept else None,
        next((each.kinds for each in readers if each.way == "slack"), []),
        [
            Happened(
                each.says, each.place, each.grave, show_iso(each.began), show_iso(each.ended) if each.ended else None
            )
            for each in happened
        ],
        [
            Told(each["way"], each["recipient"], each["subject"], show_iso(each["made"]), each["state"], each["reason"])
            for each in told
        ],
    )


@put("/alerts/mine", guards=[may("settings:read")], status_code=204)
async def choose_alerts(data: KindsChosen, here: Here) -> None:
    """Choose of what one is told by mail, of none: nothing; each member for themselves."""
    _check(data.kinds)
    if here.account is None:
        raise Refusal(400, "A key has no mailbox.", "Somebody who signs in chooses for themselves.")
    async with here.pool.acquire() as connection, connection.transaction():
        before = await incidents.choose(connection, here.workspace.id, here.account.id, data.kinds or None) or []
        if set(before) != set(data.kinds):
            name = (connection, here.workspace.id, here.actor, "changed", "alerts", here.account.email)
            await audit.note(*name, before=before, after=data.kinds)


@put("/alerts/slack", guards=[may("settings:edit")], status_code=204)
async def keep_slack(data: Webhook, here: Here, settings: Settings) -> None:
    """Store the address of Slack's incoming webhook, in place of an earlier one."""
    url = data.url.strip()
    if says := _unfit(url):
        hint = "Slack shows it under Incoming Webhooks: https://hooks.slack.com/services/…"
        raise Refusal(400, says, hint, faults=[Fault(says, "url", hint)])
    async with here.pool.acquire() as connection, connection.transaction():
        await secrets.keep(connection, here.workspace.id, SLACK, url, installation_key(settings), here.actor.name)
        await audit.note(connection, here.workspace.id, here.actor, "set", "alerts", "Slack")


@put("/alerts/slack/kinds", guards=[may("settings:edit")], status_code=204)
async def choose_slack_alerts(data: KindsChosen, here: Here) -> None:
    """Choose of what Slack is told."""
    _check(data.kinds)
    async with here.pool.acquire() as connection, connection.transaction():
        before = await incidents.choose_for_slack(connection, here.workspace.id, data.kinds)
        if set(before) != set(data.kinds):
            name = (connection, here.workspace.id, here.actor, "changed", "alerts", "Slack")
            await audit.note(*name, before=before, after=data.kinds)


@delete("/alerts/slack", guards=[may("settings:edit")], status_code=204)
async def forget_slack(here: Here) -> None:
    """Forget it: Slack is told nothing more."""
    async with here.pool.acquire() as connection, connection.transaction():
        if not await secrets.remove(connection, here.workspace.id, SLACK):
            raise Refusal(404, "There is no address of Slack.")
        await audit.note(connection, here.workspace.id, here.actor, "removed", "alerts", "Slack")


@post("/alerts/test", guards=[may("settings:edit")], status_code=200)
async def test_alerts(data: Trial, here: Here, settings: Settings) -> Handed:
    """Send a test by one of the ways, and say what became of it."""
    to = here.account.email if here.account else ""
    if data.way == "mail" and not to:
        raise Refusal(400, "A key has no mailbox.", "Somebody who signs in can try it.")
    by_hand(here.workspace.id)
    text = (
        f"This is a test. What needs a look in {here.workspace.name} is told here: {settings.url}/{here.workspace.name}"
    )
    notice = Notice(0, here.workspace.id, data.way, to, f"{here.workspace.name}: a test", text, 1)
    reason, again = await tell(here.pool, settings, notice, means_of(settings))
    said = f"It was not sent: {reason}." if reason else "It is on its way. Look whether it arrived."
    return Handed(not reason, said, again)


def _unfit(url: str) -> str:
    """Say why an address is no incoming webhook of Slack, nor may be one of a program that speaks its protocol; "": it may."""
    try:
        parts = urlsplit(url)
        host = parts.hostname or ""
    except ValueError:
        return "This is no web address."
    if parts.scheme != "https" or not host or parts.username or len(url) > 500:
        return "The address begins with https://."
    if f".{host}".endswith((".slack.com", ".slack-gov.com")):
        if not host.startswith("hooks."):
            return "This is a page of Slack, not a webhook: those begin with https://hooks.slack.com/services/."
        if len([each for each in parts.path.split("/") if each]) != 4 or not parts.path.startswith("/services/"):
            return "The address is not whole: after https://hooks.slack.com/services/ stand three words, with / between them."
    elif parts.path in ("", "/"):
        return f"The address names nothing but {host}: the webhook's own part after it is missing."
    return ""


def _check(kinds: list[str]) -> None:
    known = [each.name for each in KINDS]
    for each in kinds:
        if each not in known:
            hint = did_you_mean(each, known) or f"There are {', '.join(known)}."
            raise Refusal(400, f"There is no kind `{each[:40]}`.", hint, faults=[Fault("No such kind.", "kinds", hint)])
