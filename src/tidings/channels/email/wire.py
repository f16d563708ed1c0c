"""One SMTP connection: commands out, replies in (RFC 5321), several at once where the server allows it (RFC 2920).

Theory. A mail passes three points: its envelope is answered, its data leaves, its end is answered. Until the last byte of its data
(the lone dot) leaves, a broken connection means *not taken*; from then until the answer it means *unknown*. So a mail's fate is
always known from how far it had come, and everything below is written to keep that true:

- A long message is written up to its dot and the socket drained before the dot follows, so that what is still in our own buffer
  when the connection breaks never counts as handed over.
- Envelopes are sent ahead (behind the dot of the mail before) only where PIPELINING is offered, and a mail of which only the
  envelope has left is given back whole.
- DATA is sent ahead only for a single recipient: if that one is refused and the server still says 354, a lone dot ends it without
  anybody getting anything; with several recipients the rest would get an empty mail.
"""

import base64
import re
import ssl
from collections import deque
from collections.abc import Callable
from contextlib import suppress
from typing import Final, NamedTuple, TypeAlias

from tidings.channels.email.address import check_address
from tidings.channels.email.line import Broken, Denied, Line
from tidings.channels.email.reply import Reply, of_message, of_recipient, of_sender, queue_id
from tidings.channels.provider import Accepted, Failed, Outcome, Retry, Unknown

FINAL: Final = 4
"""A mail's end is answered when the server has stored it, so it may take this many times as long as other replies."""
SMALL: Final = 32 * 1024
"""A message up to this size leaves in one write with its dot."""
SLOWEST: Final = 250_000
"""Bytes a second that a server has to take of a long message, at least."""


class Mail(NamedTuple):
    """What is to be sent, made ready by `prepare`. ``data``: with CRLF line ends, dots stuffed, without the lone dot."""

    number: int
    mail_from: str
    rcpt_to: tuple[str, ...]
    data: bytes
    size: int
    eight_bit: bool
    utf8: bool


Settle: TypeAlias = Callable[[int, Outcome], None]

_BARE: Final = re.compile(rb"\r\n|\r|\n")


def prepare(number: int, mail_from: str, rcpt_to: tuple[str, ...], message: bytes) -> Mail:
    """Make a mail ready; raises `address.Unusable` for an address that can't stand in an envelope."""
    breaks = message.count(b"\r\n")
    if breaks != message.count(b"\n") or breaks != message.count(b"\r"):
        message = _BARE.sub(b"\r\n", message)  # a lone CR or LF before a dot would end the mail for some servers
    if not message.endswith(b"\r\n"):
        message += b"\r\n"
    size = len(message)
    data = message.replace(b"\r\n.", b"\r\n..")
    if data.startswith(b"."):
        data = b"." + data
    sender, utf8 = check_address(mail_from) if mail_from else ("", False)
    places = [check_address(address) for address in rcpt_to]
    eight_bit = not message.isascii()
    if eight_bit and not message[: message.find(b"\r\n\r\n") + 2].isascii():
        utf8 = True
    utf8 = utf8 or any(needs for _, needs in places)
    return Mail(number, sender, tuple(place for place, _ in places), data, size, eight_bit, utf8)


class Wire(Line):
    """Made by `connect`, greeted by `greet`, then `carry` for as many mails as wanted, and `quit`."""

    def __init__(self, patience: float) -> None:
        super().__init__(patience)
        self.carried = 0
        self.extensions: dict[str, str] = {}

    # the beginning

    async def greet(self, own_name: str, context: ssl.SSLContext | None, host: str) -> None:
        """Read the greeting, introduce ourselves and, with ``context``, change to TLS; raises `Broken` or `Denied`."""
        greeting = await self._reply()
        if greeting.code != 220:
            raise Denied(f"the server does not serve us: {greeting}")
        await self._introduce(own_name)
        if context is not None:
            if "STARTTLS" not in self.extensions:
                raise Denied("the server offers no STARTTLS; the settings ask for it")
            if (reply := await self._ask("STARTTLS")).code != 220:
                raise Denied(f"the server does not start TLS: {reply}")
            if self._buffer or self._replies or self._lines:
                raise Broken("the server sent more than it was asked before TLS began")
            await self._start_tls(context, host)
            await self._introduce(own_name)

    async def _introduce(self, own_name: str) -> None:
        name = own_name or self._own_literal()
        reply = await self._ask(f"EHLO {name}")
        if reply.code == 250:
            self.extensions = {
                word.upper(): rest for word, _, rest in (line.partition(" ") for line in reply.lines[1:]) if word
            }
            return
        if reply.code // 100 == 5 and (reply := await self._ask(f"HELO {name}")).code == 250:
            self.extensions = {}
            return
        raise Denied(f"the server does not take our name {name}: {reply}")

    async def log_in(self, user: str, password: str) -> None:
        """AUTH PLAIN, or LOGIN where that is all there is (RFC 4616; the other has none); raises `Broken` or `Denied`."""
        offered = self.extensions.get("AUTH", "").upper().split()
        name, secret = _encoded(user), _encoded(password)
        if "PLAIN" in offered:
            token = _encoded(f"\0{user}\0{password}")
            reply = await self._ask(f"AUTH PLAIN {token}")
        elif "LOGIN" in offered:
            token = secret
            reply = await self._ask("AUTH LOGIN")
            for answer in (name, secret):
                if reply.code == 334:
                    reply = await self._ask(answer)
        else:
            raise Denied("the server offers neither AUTH PLAIN nor AUTH LOGIN")
        if reply.code != 235:
            said = str(reply)
            for hidden in (token, secret, password):
                said = said.replace(hidden, "…")
            raise Denied(f"the server does not take our login: {said}")

    async def quit(self) -> None:
        """Say goodbye, without waiting long for the answer."""
        if self.is_usable:
            with suppress(Broken):
                self._write(b"QUIT\r\n")
                await self._reply(2)
        self.close()

    # mails

    async def carry(self, waiting: deque[Mail], settle: Settle, most: int) -> None:
        """Send what waits, at most ``most`` mails, and settle each; raises `Broken` when the connection ended.

        A mail the connection ended on before it was handed over is put back at the front, if the connection had carried others
        before (it may only have been too old); otherwise it is settled as Retry.
        """
        pipelining = "PIPELINING" in self.extensions
        mail = self._begin(waiting, settle, pipelining)
        while mail is not None:
            try:
                refusal = await self._envelope(mail, pipelining)
            except Broken as broken:
                if self.carried:
                    waiting.appendleft(mail)
                else:
                    settle(mail.number, Retry(str(broken)))
                raise
            following = None
            if refusal is None:
                following = await self._data(mail, waiting, settle, pipelining and self.carried + 1 < most)
            else:
                settle(mail.number, refusal)
            self.carried += 1
            if following is None and self.carried < most:
                following = self._begin(waiting, settle, pipelining)
            mail = following

    def _begin(self, waiting: deque[Mail], settle: Settle, pipelining: bool) -> Mail | None:
        """Take the next mail this server can take at all, and with pipelining send its envelope."""
        while waiting:
            mail = waiting.popleft()
            if unfit := self._unfit(mail):
                settle(mail.number, unfit)
                continue
            if pipelining:
                try:
                    self._write(self._commands(mail))
                except Broken:
                    waiting.appendleft(mail)
                    raise
            return mail
        return None

    def _unfit(self, mail: Mail) -> Outcome | None:
        largest = self.extensions.get("SIZE", "").strip()
        if largest.isdecimal() and 0 < int(largest) < mail.size:
            return Failed(f"the message has {mail.size} bytes, the server takes {int(largest)}")
        if mail.utf8 and "SMTPUTF8" not in self.extensions:
            return Failed("the server takes no addresses or headers beyond ASCII (SMTPUTF8)")
        if mail.eight_bit and "8BITMIME" not in self.extensions:
            return Failed("the message holds 8-bit text, the server takes 7-bit only")
        return None

    def _commands(self, mail: Mail) -> bytes:
        lines = [self._mail_command(mail), *(f"RCPT TO:<{address}>" for address in mail.rcpt_to)]
        if len(mail.rcpt_to) == 1:
            lines.append("DATA")
        return "".join(line + "\r\n" for line in lines).encode()

    def _mail_command(self, mail: Mail) -> str:
        size = f" SIZE={mail.size}" if "SIZE" in self.extensions else ""
        body = " BODY=8BITMIME" if mail.eight_bit else ""
        return f"MAIL FROM:<{mail.mail_from}>{size}{body}{' SMTPUTF8' if mail.utf8 else ''}"

    async def _envelope(self, mail: Mail, pipelining: bool) -> Outcome | None:
        """Read (without pipelining: ask for) the replies up to 354; give the refusal, or None when the data may follow."""
        ahead = pipelining and len(mail.rcpt_to) == 1
        sender = await (self._reply() if pipelining else self._ask(self._mail_command(mail)))
        refusal = None if sender.code == 250 else of_sender(sender)
        if refusal and not pipelining:
            await self._reset(sender)
            return refusal
        taken = 0
        for number, address in enumerate(mail.rcpt_to):
            reply = await (self._reply() if pipelining else self._ask(f"RCPT TO:<{address}>"))
            if reply.code in (250, 251):
                taken += 1
            elif number == 0 and refusal is None:
                refusal = of_recipient(reply)
        if ahead or refusal is None:
            data = await (self._reply() if ahead else self._ask("DATA"))
            if data.code == 354 and refusal is not None:
                if taken:
                    self._break("the server would take an empty mail")
                else:
                    with suppress(Broken):
                        await self._ask(".")
            elif data.code != 354 and refusal is None:
                refusal = of_message(data)
        if refusal is not None:
            await self._reset(sender)
        return refusal

    async def _reset(self, reply: Reply) -> None:
        if reply.code == 421:
            self._break(f"the server goes away: {reply}")
            return
        if not self._lost:
            with suppress(Broken):  # the refusal stands; whoever uses the connection next finds it lost
                await self._ask("RSET")

    async def _data(self, mail: Mail, waiting: deque[Mail], settle: Settle, ahead: bool) -> Mail | None:
        """Send the message, and behind its end the envelope of the next one; settles the mail and gives the next."""
        following = None
        try:
            if len(mail.data) > SMALL:
                self._write(mail.data)
                await self._drain(self.patience + len(mail.data) / SLOWEST)
                end = b".\r\n"
            else:
                end = mail.data + b".\r\n"
            if self._lost:
                raise Broken(self._lost)
        except Broken as broken:
            settle(mail.number, Retry(str(broken)))
            raise
        self._write(end)
        try:
            if ahead:
                following = self._begin(waiting, settle, True)
            reply = await self._reply(self.patience * FINAL)
        except Broken as broken:
            settle(mail.number, Unknown(str(broken)))
            if following is not None:
                waiting.appendleft(following)
            raise
        settle(mail.number, Accepted(queue_id(reply)) if reply.code // 100 == 2 else of_message(reply))
        if reply.code == 421:
            self._break(f"the server goes away: {reply}")
        return following


def _encoded(text: str) -> str:
    return base64.b64encode(text.encode()).decode()
