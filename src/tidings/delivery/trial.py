"""One message by a provider, outside of any journey: to try settings out, or to confirm an address."""

import os
import time
from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from msgspec import Struct

from tidings.channels import Configured
from tidings.channels.channel import Rendered, Unsendable
from tidings.channels.provider import Accepted, Bounced, Failed, Means, Missing, Outcome, Retry, Unknown
from tidings.content import mime
from tidings.content.address import Address
from tidings.content.address import parse as parse_address
from tidings.content.senders import resolve_sender
from tidings.database.pool import Pool
from tidings.kernel.ids import show

_TEXT: Final = "This is a test from Tidings. If you can read it, your settings work."


class Unfit(Exception):
    """It can't even be made: why, in a sentence; ``hint``: what would be right; ``field``: of the request, which it is about."""

    def __init__(self, says: str, hint: str, field: str) -> None:
        super().__init__(says)
        self.says, self.hint, self.field = says, hint, field


class Handed(Struct):
    """``taken``: whether the provider took it. ``says``: what became of it, in plain words.

    ``again``: it certainly did not arrive, and may be tried again."""

    taken: bool
    says: str
    again: bool = False


async def send(
    pool: Pool,
    workspace: int,
    configured: Configured,
    own: Mapping[str, Any],
    means: Means,
    *,
    to: str,
    sender: str = "",
    subject: str = "",
    text: str = _TEXT,
) -> Handed:
    """Send it. ``own``: the workspace's settings, for its senders; ``means``: with its secrets. Raises `Unfit`."""
    channel = configured.channel
    recipient, fields = channel.trial(to.strip())
    headers: list[tuple[str, str]] = []
    data = b""
    try:
        if channel.form == "mail":
            fields["subject"] = subject or fields["subject"]
            headers, fields["from"] = _headers(own, sender, to.strip(), fields["subject"])
            data = mime.build(headers, text, None)
        rendered = Rendered(
            delivery=show(os.urandom(16)),
            workspace=workspace,
            recipients=(recipient,),
            fields=fields,
            headers=dict(headers),
            text=text,
            message=data,
        )
        outgoing = channel.outgoing(rendered)
    except (Unsendable, mime.BadHeader, ValueError) as error:
        raise Unfit(f"It can't be sent: {error}.", "", "to") from error
    try:
        async with configured.provider.open(configured.settings, replace(means, pool=pool)) as opened:
            return _said(configured.provider.title, await opened.send(outgoing))
    except Missing as missing:
        return Handed(False, f"Nothing was sent: {missing}.")
    except OSError as error:
        return Handed(False, f"Nothing was sent: {error}.", again=True)


def _headers(own: Mapping[str, Any], sender: str, to: str, subject: str) -> tuple[list[tuple[str, str]], str]:
    said, reply_to = resolve_sender(own, sender)
    if not said:
        raise Unfit("There is no sender to send it from.", "Add a sender first.", "sender")
    author = parse_address(said)
    domain = author.email.rpartition("@")[2]
    made = mime.headers(
        sender=str(author),
        to=str(Address("", to)),
        subject=subject,
        message_id=f"{show(os.urandom(16))}@{domain}",
        sent=time.time_ns() // 1000,
        reply_to=reply_to,
        bulk=False,
    )
    return made, str(author)


def _said(provider: str, outcome: Outcome) -> Handed:
    match outcome:
        case Accepted():
            return Handed(True, f"{provider} took it. Look whether it arrived.")
        case Retry():
            return Handed(False, f"{provider} did not take it: {outcome.reason}. It may work later.", again=True)
        case Bounced():
            return Handed(False, f"{provider} refused the recipient: {outcome.reason}.")
        case Failed():
            return Handed(False, f"{provider} refused it: {outcome.reason}.")
        case Unknown():
            return Handed(False, f"It was handed over, but no answer came: {outcome.reason}.")
