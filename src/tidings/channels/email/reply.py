"""Replies of a mail server, and what each refusal says of a mail: put off, its recipient's fault, or its own (RFC 5321, RFC 3463)."""

import re
from typing import NamedTuple

from tidings.channels.provider import Bounced, Failed, Outcome, Retry


class Reply(NamedTuple):
    """``code``: 250. ``enhanced``: ``5.1.1`` or "". ``lines``: the texts."""

    code: int
    enhanced: str
    lines: tuple[str, ...]

    def __str__(self) -> str:
        return f"{self.code} {' '.join(self.lines)}"[:500]


def of_sender(reply: Reply) -> Outcome:
    """Give what a refused MAIL FROM makes of a mail."""
    if reply.code // 100 == 4:
        return Retry(f"the server put the sender off: {reply}")
    if reply.code in (530, 535):
        return Retry(f"the server asks for a login: {reply}")
    return Failed(f"the server refused the sender: {reply}")


def of_recipient(reply: Reply) -> Outcome:
    """Give what a refused RCPT TO makes of it."""
    if reply.code // 100 == 4:
        return Retry(f"the server put the recipient off: {reply}")
    if reply.code // 100 != 5 or reply.code in (500, 501, 502, 503, 504, 530, 535, 555):
        return Failed(f"the server refused the recipient's command: {reply}")
    return Bounced(f"the server refused the recipient: {reply}", permanent=_is_address(reply))


def of_message(reply: Reply) -> Outcome:
    """Give what a refused DATA, or a refusal at its end, makes of it."""
    if reply.code // 100 == 4:
        return Retry(f"the server put the message off: {reply}")
    if reply.enhanced.startswith(("5.1.", "5.2.")):
        return Bounced(f"the server refused the recipient: {reply}", permanent=_is_address(reply))
    return Failed(f"the server refused the message: {reply}")


def _is_address(reply: Reply) -> bool:
    """True where the address itself is said to be bad (RFC 3463), not the mailbox full or we unwelcome."""
    if reply.enhanced:
        return reply.enhanced in ("5.1.0", "5.1.1", "5.1.2", "5.1.3", "5.1.6", "5.1.10", "5.2.1", "5.4.1")
    return reply.code in (550, 551, 553)


def queue_id(reply: Reply) -> str:
    """Give what the server calls the mail, as most say it: ``queued as 4XyZ``."""
    match = re.search(r"(?:queued as|id[ =])\s*<?([\w.@-]{4,100})", " ".join(reply.lines), re.IGNORECASE)
    return match[1] if match else ""
