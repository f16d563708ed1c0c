"""Twilio as its documents describe it: the Messages resource with its refusals, and callbacks signed as Twilio signs them."""

import base64
import hashlib
import hmac
import itertools
import re
from dataclasses import dataclass, field
from urllib.parse import urlencode

from tests.channels.servers.http import Request, Response, json

ACCOUNT = "AC" + "0a" * 16
TOKEN = "f00dfeed" * 4
HEADERS = {"content-type": "application/x-www-form-urlencoded; charset=UTF-8"}


@dataclass
class Twilio:
    """``unsubscribed`` numbers answer 21610, ``landlines`` 21614. ``next``: answers that come before any of it."""

    token: str = TOKEN
    unsubscribed: set[str] = field(default_factory=set)
    landlines: set[str] = field(default_factory=set)
    next: list[Response] = field(default_factory=list)
    messages: list[dict[str, str]] = field(default_factory=list)
    numbers: "itertools.count[int]" = field(default_factory=itertools.count)

    def __call__(self, request: Request) -> Response:
        if self.next:
            return self.next.pop(0)
        login = base64.b64encode(f"{ACCOUNT}:{self.token}".encode()).decode()
        if request.headers.get("authorization") != f"Basic {login}":
            return self.error(401, 20003, "Authenticate")
        if (request.method, request.path) != ("POST", f"/2010-04-01/Accounts/{ACCOUNT}/Messages.json"):
            return self.error(404, 20404, "The requested resource was not found")
        form = request.form
        if not form.get("Body"):
            return self.error(400, 21602, "Message body is required.")
        if not form.get("From") and not form.get("MessagingServiceSid"):
            return self.error(400, 21603, "A 'From' phone number is required.")
        to = form.get("To", "")
        if not re.fullmatch(r"\+[1-9]\d{6,14}", to):
            return self.error(400, 21211, f"Invalid 'To' Phone Number: {to}")
        if to in self.unsubscribed:
            return self.error(400, 21610, "Attempt to send to unsubscribed recipient")
        if to in self.landlines:
            return self.error(400, 21614, f"'To' number is not a valid mobile number: {to}")
        sid = f"SM{next(self.numbers):032x}"
        self.messages.append({"sid": sid, **form})
        answer = {
            "sid": sid,
            "status": "queued",
            "num_segments": "0",
            "error_code": None,
            "to": to,
            "body": form["Body"],
        }
        return json(201, answer)

    def error(self, status: int, code: int, message: str, **headers: str) -> Response:
        more = f"https://www.twilio.com/docs/errors/{code}"
        return json(status, {"code": code, "message": message, "more_info": more, "status": status}, **headers)


def signed(url: str, form: dict[str, str], token: str = TOKEN) -> tuple[dict[str, str], bytes]:
    """The headers and body of a callback."""
    text = url + "".join(name + form[name] for name in sorted(form))
    signature = base64.b64encode(hmac.new(token.encode(), text.encode(), hashlib.sha1).digest()).decode()
    return {**HEADERS, "x-twilio-signature": signature}, urlencode(form).encode()
