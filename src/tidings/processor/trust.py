"""What a public key may not do: it stands in page source, so whoever reads the page can send with it. A signed user id lifts some of it:
`ingest.signed`."""

from tidings.kernel.records import (
    SECRET,
    Answered,
    Consent,
    Delete,
    Enter,
    Group,
    Member,
    Merge,
    Postponed,
    Receipt,
    Record,
    Retry,
    SendAgain,
    Suppress,
    Ungroup,
    Unmerge,
    Unsuppress,
)
from tidings.people.document import Person
from tidings.people.identity import OVERTAKING, is_known

WRONG = "its userHash is wrong: it is the HMAC-SHA256 of the userId with the source's signing secret, in lower-case hex"
_NEVER = {
    Delete: "delete a person",
    Suppress: "suppress a person",
    Unsuppress: "accept a suppressed person again",
    Unmerge: "undo a merge",
    Member: "change a segment",
    Answered: "answer a call",
    Postponed: "put off a call",
    Enter: "let people into a journey",
    Retry: "let a run try again",
    SendAgain: "send a message again",
}


def forbids(record: Record, person: Person | None) -> str:
    """Say why a record may not come with the key it came with; "" where it may. ``person``: whose it is, if anybody's yet."""
    if record.trust >= SECRET:
        return ""
    body = record.body
    what = _NEVER.get(type(body), "")
    if isinstance(body, Merge) and body.secondary[0] != "anonymous_id":
        what = "merge people"
    elif isinstance(body, Consent) and person is not None and is_known(person) and not _first(person, record):
        what = "change what a known person agreed to"
    elif (isinstance(body, Group) and (body.attributes or body.relation)) or isinstance(body, Ungroup):
        what = "change a group"
    elif isinstance(body, Receipt) and record.source:
        what = "report deliveries"
    return f"a public key can't {what}" if what else ""


def _first(person: Person, record: Record) -> bool:
    """Whether this is the first said by somebody who has only begun: calls that a browser sends together overtake each other."""
    return not person.consent.said and record.received - person.created <= OVERTAKING
