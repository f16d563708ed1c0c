"""The workspace under load, as project files: 50 segments and 20 journeys, of which five name any one event."""

from collections.abc import Mapping
from pathlib import Path
from typing import Final

EVENTS: Final = (
    "Product Viewed",
    "Cart Updated",
    "Checkout Started",
    "Order Completed",
    "Project Created",
    "Comment Added",
    "File Uploaded",
    "Invite Sent",
    "Report Opened",
    "Search Made",
)
PLANS: Final = ("free", "trial", "pro", "business")
CITIES: Final = ("Berlin", "Oslo", "Lyon", "Porto", "Graz")


def write(
    folder: Path,
    *,
    channel: str = 'provider = "mailbox"',
    extra: int = 0,
    more: Mapping[str, str] | None = None,
    journeys: Mapping[str, str] | None = None,
) -> Path:
    """Write the project's files; ``channel``: the email channel's settings; ``extra``: segments on events that nobody sends;
    ``more``: rules by the segment's name; ``journeys``: further ones, by name."""
    for name in ("segments", "journeys", "templates"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "tidings.toml").write_text(
        'workspace = "bench"\ntimezone = "UTC"\nsender = "team"\n\n'
        '[senders.team]\nemail = "hello@bench.example"\nname = "Bench"\n\n'
        f'[topics.news]\nname = "News"\n\n[channels.email]\n{channel}\n'
    )
    for name, rule in (_segments() | _unrelated(extra) | dict(more or {})).items():
        (folder / "segments" / f"{name}.yaml").write_text(f"segment: {name}\nrule: {rule}\n")
    for name, text in (_journeys() | dict(journeys or {})).items():
        (folder / "journeys" / f"{name}.yaml").write_text(text)
    for name in ("welcome", "nudge"):
        (folder / "templates" / f"{name}.md").write_text(
            f"---\nchannel: email\nsubject: Hello {{{{ customer.first_name | default: 'you' }}}}\ntopic: news\n---\n"
            f"Hi {{{{ customer.first_name }}}}, you did something about {{{{ event.total }}}}.\n\n"
            f"[See it](https://bench.example/{name}) or [stop]({{% unsubscribe_url %}}).\n"
        )
    return folder


def _segments() -> dict[str, str]:
    found = {}
    for n, event in enumerate(EVENTS):
        found[f"did-{n}-week"] = f'did "{event}" within 7 days'
        found[f"did-{n}-often"] = f'did "{event}" at least 3 times within 30 days'
        found[f"did-{n}-large"] = f'did "{event}" at least 2 times within 90 days where total > 900'
    for plan in PLANS:
        found[f"plan-{plan}"] = f'plan = "{plan}"'
    for city in CITIES:
        found[f"from-{city.lower()}"] = f'city = "{city}"'
    for seats in (5, 10, 20, 50):
        found[f"seats-{seats}"] = f"seats >= {seats}"
    found["paying"] = 'plan in ("pro", "business")'
    found["reachable"] = "email is present"
    found["large-teams"] = 'in segment "paying" and seats >= 20'
    found["trial-berlin"] = 'in segment "plan-trial" and in segment "from-berlin"'
    found["named"] = "first_name is present and last_name is present"
    found["quiet"] = 'not in segment "paying" and seats < 5'
    found["north"] = 'in segment "from-oslo" or in segment "from-berlin"'
    return found


def _unrelated(count: int) -> dict[str, str]:
    return {
        f"unrelated-{n}": f'did "Unrelated {n % 50}" at least {1 + n % 5} times within {1 + n} days'
        for n in range(count)
    }


def _journeys() -> dict[str, str]:
    """Ten that a hundredth of an event's takes begin and that wait for more, nine for newcomers, and one that answers at once."""
    found = {}
    for n, event in enumerate(EVENTS):
        found[f"follow-{n}"] = f"""journey: follow-{n}
trigger:
  event: {event}
  where: total > 990
reenter: after 1 day
exit: did "{event}" at least 3 times since entry
steps:
  - id: settle
    wait: 2 hours
  - id: choose
    branch:
      - when: in segment "paying"
        steps:
          - {{id: mark, set: {{valued: true}}}}
      - otherwise:
          - {{id: nudge, send: nudge}}
"""
        found[f"greet-{n}"] = f"""journey: greet-{n}
trigger:
  event: {event}
  where: first = true
steps:
  - id: pause
    wait: 1 day
  - id: welcome
    send: welcome
"""
    found["greet-0"] = """journey: greet-0
trigger:
  event: Asked For Mail
reenter: always
steps:
  - id: welcome
    send: welcome
"""
    return found
