"""Refusals of the management API, as problem+json (RFC 9457) in plain words: what was wrong, where, and what would be right."""

from collections.abc import Mapping
from http import HTTPStatus
from typing import Any

import msgspec
from msgspec import Struct

TYPE = "application/problem+json"


class Fault(Struct, omit_defaults=True):
    """One of several faults: ``where`` is the path in what was sent, such as ``steps.2.wait``."""

    message: str
    where: str = ""
    hint: str = ""


class Problem(Struct, omit_defaults=True):
    """The body of every refusal. ``detail`` is for people; ``code`` for programs, where they may act on it. ``error``: as `detail`."""

    title: str
    status: int
    detail: str
    error: str = ""
    hint: str = ""
    code: str = ""
    faults: list[Fault] = []


class Refusal(Exception):
    """What is asked for can't be given; ``says`` goes to the caller."""

    def __init__(
        self,
        status: int,
        says: str,
        hint: str = "",
        *,
        code: str = "",
        faults: list[Fault] | None = None,
        headers: Mapping[str, str] | None = None,
    ) -> None:
        super().__init__(says)
        self.status, self.says, self.hint, self.code = status, says, hint, code
        self.faults, self.headers = faults or [], dict(headers or {})


def no_journey(id: str) -> Refusal:
    """Refuse what is asked of a journey that is not there."""
    return Refusal(
        404, f"There is no journey `{id}`.", "The list of journeys shows those there are.", code="no_journey"
    )


def body(refusal: Refusal) -> bytes:
    """Give the JSON of a refusal."""
    title = HTTPStatus(refusal.status).phrase
    says: Any = Problem(title, refusal.status, refusal.says, refusal.says, refusal.hint, refusal.code, refusal.faults)
    return msgspec.json.encode(says)
