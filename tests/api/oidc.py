"""A small OpenID Connect provider that speaks the protocol over HTTP, with a knob for each way in which one can go wrong.

It knows one client, checks its secret, the redirect address, PKCE and that a code is used once, and signs whoever comes on as `person`.
"""

import asyncio
import hmac
import json
import time
from base64 import b64decode, urlsafe_b64encode
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from hashlib import sha256
from secrets import token_urlsafe
from typing import Any
from urllib.parse import parse_qs, unquote, urlencode, urlsplit

import jwt
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import ec, rsa

CLIENT, SECRET = "tidings", "a client's secret: 100% &+"
_RSA = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_OTHER = rsa.generate_private_key(public_exponent=65537, key_size=2048)
_EC = ec.generate_private_key(ec.SECP256R1())
PERSON: Mapping[str, Any] = {"sub": "u-1", "email": "ada@acme.example", "email_verified": True, "name": "Ada Meyer"}


class Provider:
    """``signs``: with what; ``listed``: the keys it lists, by kid; ``kid``: the one it signs with. ``changes``: of the token's claims (None
    takes one away). ``thin``: the token says no more than who it is, the rest stands at the userinfo endpoint. ``beside``: keys listed with
    the others; ``back``: what stands in the way back beside code and state, in place of `iss`."""

    def __init__(self, url: str) -> None:
        self.url, self.redirect = url, ""
        self.person: dict[str, Any] = dict(PERSON)
        self.signs, self.kid = "RS256", "one"
        self.listed: dict[str, Any] = {"one": _RSA}
        self.changes: dict[str, Any] = {}
        self.methods = ["client_secret_basic"]
        self.thin, self.asks = False, False
        self.token_answer: tuple[int, Any] | None = None
        self.document: dict[str, Any] = {}
        self.count: dict[str, int] = {}
        self.beside: list[dict[str, Any]] = []
        self.back: dict[str, str] | None = None
        self._codes: dict[str, dict[str, str]] = {}

    def rotate(self) -> None:
        """Sign with a new key from now on."""
        self.kid, self.listed = "two", {"two": _OTHER}

    def answer(self, method: str, path: str, headers: Mapping[str, str], body: str) -> tuple[int, dict[str, str], str]:
        """Answer a request: status, headers, body."""
        parts = urlsplit(path)
        asked = {name: values[0] for name, values in parse_qs(parts.query).items()}
        self.count[parts.path] = self.count.get(parts.path, 0) + 1
        if parts.path == "/.well-known/openid-configuration":
            return _json(200, self._document())
        if parts.path == "/keys":
            return _json(200, {"keys": [_public(kid, key) for kid, key in self.listed.items()] + self.beside})
        if parts.path == "/authorize":
            return self._authorize(asked)
        if parts.path == "/token" and method == "POST":
            form = {name: values[0] for name, values in parse_qs(body).items()}
            return self._token(form, headers.get("authorization", ""))
        if parts.path == "/userinfo":
            known = headers.get("authorization") == "Bearer an access token"
            return _json(200, self.person) if known else _json(401, {})
        return 404, {}, ""

    def _document(self) -> dict[str, Any]:
        return {
            "issuer": self.url,
            "authorization_endpoint": f"{self.url}/authorize",
            "token_endpoint": f"{self.url}/token",
            "jwks_uri": f"{self.url}/keys",
            "userinfo_endpoint": f"{self.url}/userinfo",
            "response_types_supported": ["code"],
            "token_endpoint_auth_methods_supported": self.methods,
            "id_token_signing_alg_values_supported": ["RS256", "ES256"],
        } | self.document

    def _authorize(self, asked: dict[str, str]) -> tuple[int, dict[str, str], str]:
        """Send the browser back at once, or where it ``asks`` after a click."""
        if asked["client_id"] != CLIENT or asked["redirect_uri"] != self.redirect:
            return 400, {}, "this client, or its redirect address, is not known"
        right = asked["response_type"] == "code" and asked["code_challenge_method"] == "S256"
        assert right, asked
        assert "openid" in asked["scope"].split(), asked
        code = token_urlsafe(16)
        self._codes[code] = asked
        also = {"iss": self.url} if self.back is None else self.back
        back = f"{self.redirect}?{urlencode({'code': code, 'state': asked['state'], **also})}"
        if not self.asks:
            return 302, {"location": back}, ""
        page = f'<!doctype html><html lang="en"><title>Acme</title><a href="{back.replace("&", "&amp;")}">Continue as Ada</a>'
        return 200, {"content-type": "text/html"}, page

    def _token(self, form: dict[str, str], authorization: str) -> tuple[int, dict[str, str], str]:
        if self.token_answer is not None:
            return _json(*self.token_answer)
        if "client_secret_basic" in self.methods:
            user, _, password = b64decode(authorization.removeprefix("Basic ")).decode().partition(":")
            client = (unquote(user), unquote(password))
        else:
            client = (form.get("client_id", ""), form.get("client_secret", ""))
        if client != (CLIENT, SECRET):
            return _json(401, {"error": "invalid_client"})
        asked = self._codes.pop(form["code"], None)
        if asked is None or form["redirect_uri"] != asked["redirect_uri"]:
            return _json(400, {"error": "invalid_grant"})
        challenge = urlsafe_b64encode(sha256(form["code_verifier"].encode()).digest()).rstrip(b"=").decode()
        if challenge != asked["code_challenge"]:
            return _json(400, {"error": "invalid_grant"})
        token = {"id_token": self._signed(asked["nonce"]), "access_token": "an access token", "token_type": "Bearer"}
        return _json(200, token)

    def _signed(self, nonce: str) -> str:
        now = int(time.time())
        said = {"iss": self.url, "aud": CLIENT, "iat": now, "exp": now + 300, "nonce": nonce}
        said |= {"sub": self.person["sub"]} if self.thin else self.person
        said = {name: value for name, value in {**said, **self.changes}.items() if value is not None}
        head = {"kid": self.kid}
        if self.signs == "none":
            return jwt.encode(said, None, "none", headers=head)
        if self.signs == "HS256":  # signed with what everybody can read: the public key
            return _hmac_signed(said, head, self.listed[self.kid])
        return jwt.encode(said, self.listed[self.kid], self.signs, headers=head)


@asynccontextmanager
async def providing() -> AsyncIterator[Provider]:
    """Run a provider."""
    made: list[Provider] = []

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            head = (await reader.readuntil(b"\r\n\r\n")).decode("latin-1").split("\r\n")
            method, path, _ = head[0].split(" ")
            headers = {name.lower(): value for name, _, value in (line.partition(": ") for line in head[1:] if line)}
            body = (await reader.readexactly(int(headers.get("content-length", 0)))).decode()
            status, fields, said = made[0].answer(method, path, headers, body)
            data = said.encode()
            lines = [f"HTTP/1.1 {status} x", f"content-length: {len(data)}", "connection: close"]
            lines += [f"{name}: {value}" for name, value in fields.items()]
            writer.write("\r\n".join([*lines, "", ""]).encode() + data)
            await writer.drain()
        except (asyncio.IncompleteReadError, ConnectionError):
            pass  # a browser that looked ahead, and went
        finally:
            writer.close()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    made.append(Provider(f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"))
    try:
        yield made[0]
    finally:
        server.close()


def es256() -> Any:
    """A key of the other kind."""
    return _EC


def _json(status: int, said: Any) -> tuple[int, dict[str, str], str]:
    return status, {"content-type": "application/json"}, json.dumps(said)


def _public(kid: str, key: Any) -> dict[str, Any]:
    kind: Any = jwt.algorithms.RSAAlgorithm if isinstance(key, rsa.RSAPrivateKey) else jwt.algorithms.ECAlgorithm
    return {**kind.to_jwk(key.public_key(), as_dict=True), "kid": kid, "use": "sig"}


def _hmac_signed(said: dict[str, Any], head: dict[str, str], key: Any) -> str:
    """By hand: the library refuses to make such a thing."""
    pem = key.public_key().public_bytes(serialization.Encoding.PEM, serialization.PublicFormat.SubjectPublicKeyInfo)
    parts = [_plain(json.dumps(each).encode()) for each in ({"alg": "HS256", "typ": "JWT", **head}, said)]
    signature = hmac.new(pem, ".".join(parts).encode(), "sha256").digest()
    return ".".join([*parts, _plain(signature)])


def _plain(data: bytes) -> str:
    return urlsafe_b64encode(data).rstrip(b"=").decode()
