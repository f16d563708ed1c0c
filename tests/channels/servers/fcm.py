"""Google's token endpoint and FCM's ``messages:send``, as their documents describe them."""

import base64
from dataclasses import dataclass, field

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa

from tests.channels.servers.http import Request, Response, json

EMAIL = "tidings@demo-project.iam.gserviceaccount.com"
_KEY = rsa.generate_private_key(public_exponent=65537, key_size=2048)


def credentials(address: str) -> str:
    """The JSON key of the service account, whose tokens come from ``address``."""
    pem = _KEY.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    ).decode()
    return msgspec.json.encode(
        {
            "type": "service_account",
            "project_id": "demo-project",
            "private_key_id": "key-1",
            "private_key": pem,
            "client_email": EMAIL,
            "token_uri": f"{address}/token",
        }
    ).decode()


@dataclass
class Fcm:
    """``unregistered`` and ``malformed`` tokens are refused as FCM refuses them. ``next``: answers to sends that come before that."""

    now: int
    unregistered: set[str] = field(default_factory=set)
    malformed: set[str] = field(default_factory=set)
    next: list[Response] = field(default_factory=list)
    next_token: list[Response] = field(default_factory=list)
    messages: list[dict[str, object]] = field(default_factory=list)
    granted: list[str] = field(default_factory=list)

    def __call__(self, request: Request) -> Response:
        if request.path == "/token":
            return self.next_token.pop(0) if self.next_token else self._token(request)
        if request.path != "/v1/projects/demo-project/messages:send":
            return refused(404, "NOT_FOUND", "Requested entity was not found.")
        if self.next:
            return self.next.pop(0)
        if not self.granted or request.headers.get("authorization") != f"Bearer {self.granted[-1]}":
            return refused(401, "UNAUTHENTICATED", "Request had invalid authentication credentials.")
        message = msgspec.json.decode(request.body)["message"]
        token = message["token"]
        if token in self.unregistered:
            return refused(404, "NOT_FOUND", "Requested entity was not found.", "UNREGISTERED")
        if token in self.malformed:
            words = "The registration token is not a valid FCM registration token"
            return refused(400, "INVALID_ARGUMENT", words, "INVALID_ARGUMENT")
        if not all(isinstance(value, str) for value in message["data"].values()):
            fields = [{"field": "message.data[0].value", "description": "Invalid value"}]
            return refused(400, "INVALID_ARGUMENT", "Invalid value at 'message.data'", "INVALID_ARGUMENT", fields)
        self.messages.append(message)
        return json(200, {"name": f"projects/demo-project/messages/{len(self.messages)}"})

    def _token(self, request: Request) -> Response:
        form = request.form
        if form.get("grant_type") != "urn:ietf:params:oauth:grant-type:jwt-bearer":
            return json(400, {"error": "unsupported_grant_type"})
        head, claims, signature = form["assertion"].split(".")
        try:
            _KEY.public_key().verify(_read(signature), f"{head}.{claims}".encode(), padding.PKCS1v15(), hashes.SHA256())
        except InvalidSignature:
            return json(400, {"error": "invalid_grant", "error_description": "Invalid JWT Signature."})
        said = msgspec.json.decode(_read(claims))
        good = (
            msgspec.json.decode(_read(head)) == {"alg": "RS256", "typ": "JWT", "kid": "key-1"}
            and said["iss"] == EMAIL
            and said["aud"] == f"http://{request.headers['host']}/token"
            and said["scope"] == "https://www.googleapis.com/auth/firebase.messaging"
            and said["iat"] <= self.now < said["exp"] <= said["iat"] + 3600
        )
        if not good:
            return json(400, {"error": "invalid_grant", "error_description": "Invalid JWT."})
        self.granted.append(f"ya29.token-{len(self.granted)}")
        return json(200, {"access_token": self.granted[-1], "expires_in": 3600, "token_type": "Bearer"})


def refused(
    status: int, name: str, message: str, code: str = "", fields: list[dict[str, str]] | None = None, **headers: str
) -> Response:
    """An error as Google's APIs write it."""
    details: list[dict[str, object]] = []
    if code:
        details.append({"@type": "type.googleapis.com/google.firebase.fcm.v1.FcmError", "errorCode": code})
    if fields:
        details.append({"@type": "type.googleapis.com/google.rpc.BadRequest", "fieldViolations": fields})
    body = {"error": {"code": status, "message": message, "status": name, "details": details}}
    return json(status, body, **headers)


def _read(part: str) -> bytes:
    return base64.urlsafe_b64decode(part + "=" * (-len(part) % 4))
