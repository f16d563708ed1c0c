"""Whose a record is: the rules by which identifiers name a person, join two, or are refused. Pure.

An identifier is unique in its workspace. The strongest one named decides: the person's own id, then ``id``, then ``email``, then
``anonymous_id``; somebody's ``email`` that is named first decides before an ``id``. An ``id`` changes only where the person's own id
names them; an ``email`` may by a secret key; neither is taken from somebody else. An ``anonymous_id`` (a browser, which people share)
joins an anonymous person to a known one, and is never taken from a known person. Docs: decision 0001.
"""

from collections.abc import Sequence
from functools import lru_cache
from hashlib import blake2b
from typing import Final

from msgspec import Struct
from msgspec.structs import replace

from tidings.kernel.ids import SIZE
from tidings.kernel.records import SECRET, SIGNED, Alias, Identifier, Identify, Merge, Record
from tidings.kernel.times import HOUR, MINUTE
from tidings.people.document import IDENTIFIERS, Person

KNOWN: Final = frozenset(("id", "email"))
BUCKETS: Final = 64
OVERTAKING: Final = 5 * MINUTE
"""How long after somebody was begun a public key may still give them their first email. A browser sends several calls at once, and again
what failed: the one that tells the email may arrive after another that names the same new person."""

ANONYMOUS_AGE: Final = 72 * HOUR
"""How old an anonymous person's event may be and still start a journey."""


class Verdict(Struct, frozen=True):
    """``person``: whose it is (None: somebody new). ``take``: identifiers nobody has, now this person's; ``release``: no longer theirs.

    ``absorb``: identifiers of anonymous people who turn out to be this one. ``note``: what of the record is not applied, and why;
    ``refuse``: why none is.
    """

    person: Person | None = None
    take: tuple[Identifier, ...] = ()
    release: tuple[Identifier, ...] = ()
    absorb: tuple[Identifier, ...] = ()
    note: str = ""
    refuse: str = ""


NOBODY: Final = Verdict()


def key_of(secret: bytes, kind: str, value: str) -> bytes:
    """Give the 16 bytes an identifier is stored and found by; an email's letters count alike in either case."""
    hash = _hash_of(secret, kind).copy()
    written = (value.lower() if kind == "email" else value).encode("utf-8", "surrogatepass")
    hash.update(len(written).to_bytes(4, "big") + written)
    return hash.digest()


@lru_cache(1000)
def _hash_of(secret: bytes, kind: str) -> blake2b:
    """Give a hash as `digest` makes it, that has taken in all but the value."""
    written = kind.encode("utf-8", "surrogatepass")
    return blake2b(len(written).to_bytes(4, "big") + written, digest_size=SIZE, key=secret)


def bucket_of(key: bytes) -> int:
    """Give the bucket that leads the table's key."""
    return key[0] % BUCKETS


def claims(record: Record) -> tuple[Identifier, ...]:
    """Give all identifiers a record names, those it says in attributes too."""
    body = record.body
    if isinstance(body, Identify):
        email = body.attributes.get("email")
        if (
            isinstance(email, str)
            and email
            and all(kind != "email" or value != email.lower() for kind, value in record.who)
        ):
            return (*record.who, ("email", email))
    return record.who


def mentions(record: Record) -> tuple[Identifier, ...]:
    """Give all identifiers a record names, those of whom it would join too, and whose traits stand beside it."""
    body, named = record.body, claims(record)
    if record.context:
        traits = record.context.get("context", {}).get("traits")
        email = traits.get("email") if isinstance(traits, dict) else None
        named = (*named, ("email", email)) if isinstance(email, str) else named
    if isinstance(body, Merge):
        return (*named, body.secondary)
    if isinstance(body, Alias):
        return (*named, ("id", body.previous), ("anonymous_id", body.previous))
    return named


def is_known(person: Person) -> bool:
    """Whether the person has an identifier that is theirs alone, not only a browser's."""
    for kind, _ in person.identifiers:  # noqa: SIM110 - asked with each record, and half as dear as any()
        if kind in KNOWN:
            return True
    return False


def resolve(named: Sequence[Identifier], owners: Sequence[Person | None], trust: int, received: int) -> Verdict:
    """Decide whose a record is that names identifiers with these owners (None: nobody has it). ``received``: when the record was."""
    by_kind: dict[str, tuple[str, Person | None]] = {}
    other = ""
    for (kind, value), owner in zip(named, owners, strict=True):
        if by_kind.setdefault(kind, (value, owner))[0] != value:
            other = f"the {kind} {value!r} is not the one by which the person is named"
    person, note = _whose(by_kind, trust)
    note = note or other
    if person is None and "cio_id" in by_kind and len(by_kind) == 1:
        return Verdict(refuse="there is no person of this id")
    take: list[Identifier] = []
    release: list[Identifier] = []
    absorb: list[Identifier] = []
    known = person is not None and is_known(person)
    for kind, (value, owner) in by_kind.items():
        if kind == "cio_id" or (owner is not None and owner is person):
            continue
        if kind == "anonymous_id":
            if owner is None:
                take.append((kind, value))
            elif person is not None and not is_known(owner):
                absorb.append((kind, value))
            continue
        if owner is not None:
            note = note or f"the {kind} {value!r} belongs to another person"
            if trust < SECRET:
                return Verdict(refuse=f"{note}; a public key can't change that")
            continue
        if person is None:
            take.append((kind, value))
            continue
        others = [own for own in person.identifiers if own[0] == kind]
        if kind == "id" and others and "cio_id" not in by_kind:
            note = note or f"the person has another id than {value!r}"
            continue
        first = kind == "email" and not others and received - person.created <= OVERTAKING
        if known and trust < SECRET and not first:
            return Verdict(refuse=f"a public key can't change the {kind} of a known person")
        if kind == "id":  # else it would be somebody else's who begins now: they are named by their own id
            others = [own for own in others if own[1] == person.attributes.get("id")] or others[-1:]
        release += others
        take.append((kind, value))
    if person is not None and len(person.identifiers) + len(take) - len(release) > IDENTIFIERS:
        return Verdict(refuse=f"a person can have {IDENTIFIERS} identifiers at most")
    return Verdict(person, tuple(take), tuple(release), tuple(absorb), note)


def removes_email(record: Record) -> bool:
    """Whether a record takes the email away: the attribute is null or empty."""
    return isinstance(record.body, Identify) and not record.body.attributes.get("email", True)


def without_email(verdict: Verdict, trust: int) -> Verdict:
    """Let the person lose their email too."""
    own = tuple(each for each in verdict.person.identifiers if each[0] == "email") if verdict.person is not None else ()
    if own and trust < SECRET:
        return Verdict(refuse="a public key can't change the email of a known person")
    return replace(verdict, release=(*verdict.release, *own))


def _whose(by_kind: dict[str, tuple[str, Person | None]], trust: int) -> tuple[Person | None, str]:
    value, owner = by_kind.get("email", ("", None))
    if owner is not None and next(iter(by_kind)) == "email":
        return owner, ""
    for kind in ("cio_id", "id"):
        if kind in by_kind and by_kind[kind][1] is not None:
            return by_kind[kind][1], ""
    note = ""
    if owner is not None:
        # a signature proves the id alone: whose email is said with it may be anybody's
        if "id" not in by_kind or (trust != SIGNED and all(kind != "id" for kind, _ in owner.identifiers)):
            return owner, ""
        note = f"the email {value!r} belongs to another person"
    _, owner = by_kind.get("anonymous_id", ("", None))
    if owner is not None and (not is_known(owner) or KNOWN.isdisjoint(by_kind)):
        return owner, note
    return None, note
