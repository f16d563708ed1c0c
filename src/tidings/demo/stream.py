"""People who use the demo's product, sent to the running API by the real Segment SDK: pages with the public key, as a browser would,
everything else with the secret one, as a server would."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from heapq import heappop, heappush
from itertools import count
from random import Random
from threading import Event
from time import monotonic
from typing import Any, Final, Literal

from segment.analytics.client import Client

from tidings.kernel.ids import digest, show

NAMES: Final = (
    ("Ada", "Meyer"),
    ("Bruno", "Costa"),
    ("Chiyo", "Tanaka"),
    ("Dalia", "Haddad"),
    ("Émile", "Laurent"),
    ("Freja", "Nielsen"),
    ("Goran", "Babić"),
    ("Hanna", "Öztürk"),
    ("Ivo", "Novák"),
    ("José", "Álvarez"),
    ("Kaja", "Lund"),
    ("李", "娜"),
)
HANDLES: Final = {"Émile": "emile", "José": "jose", "李": "li"}
COMPANIES: Final = (
    ("studio-nord", "Studio Nord", 4),
    ("acme", "Acme", 120),
    ("blue-bakery", "Blue Bakery", 9),
    ("orbit", "Orbit Labs", 35),
)
PRODUCTS: Final = (("Sticky notes", 6.5), ("Whiteboard", 89.0), ("Set of pens", 14.9), ("Poster: plan your week", 24.0))
PEOPLE: Final = 20_000
"""As many as come in a day: who reads slowly, or comes back in the afternoon, still finds somebody there."""
COMMENTS: Final = ("Looks great!", "Can we move this to Friday?", "I added two cards 👍", "Who takes this one?")


@dataclass(frozen=True)
class Act:
    """One call of the SDK, ``at`` seconds after the beginning."""

    at: float
    side: Literal["browser", "server"]
    call: Literal["identify", "track", "page", "group"]
    arguments: dict[str, Any] = field(default_factory=dict)


def acts(people: int, seed: int = 1, every: float = 4.0) -> Iterator[Act]:
    """Write the script of this many people in the order of time, a new one every ``every`` seconds; the same seed writes the same."""
    to_come: list[tuple[float, int, Act]] = []
    order = count()
    for number in range(people):
        begins = number * every
        while to_come and to_come[0][0] < begins:
            yield heappop(to_come)[2]
        for act in _life(number, seed, begins, Random(f"{seed}/{number}")):
            heappush(to_come, (act.at, next(order), act))
    while to_come:
        yield heappop(to_come)[2]


def play(script: Iterable[Act], browser: Client, server: Client, stop: Event) -> int:
    """Make the calls, each at its time, until the script or the wait for ``stop`` ends; gives how many were made."""
    began, made = monotonic(), 0
    for act in script:
        if stop.wait(max(0.0, began + act.at - monotonic())):
            break
        client = browser if act.side == "browser" else server
        getattr(client, act.call)(**act.arguments)
        made += 1
    for client in (browser, server):
        client.flush()
    return made


def stream(url: str, public_key: str, secret_key: str, stop: Event, seed: int, people: int = PEOPLE) -> int:
    """Let people come and use the product until ``stop``; each seed has people of its own. Blocks: run it in a thread."""
    browser, server = (_client(url, key) for key in (public_key, secret_key))
    try:
        return play(acts(people, seed), browser, server, stop)
    finally:
        for client in (browser, server):
            client.join()


def email(seed: int, number: int) -> str:
    """The address of one of them."""
    first, _ = _name(seed, number)
    return f"{HANDLES.get(first, first).lower()}.{show(digest('demo', seed, number))[-5:]}@example.com"


def _name(seed: int, number: int) -> tuple[str, str]:
    return NAMES[Random(f"{seed}/{number}/name").randrange(len(NAMES))]


def _client(url: str, key: str) -> Client:
    return Client(key, host=url, upload_interval=0.2, upload_size=20, timeout=5, max_retries=3)


def _life(number: int, seed: int, begins: float, random: Random) -> Iterator[Act]:
    """What one person does: looks around, signs up, perhaps makes a project, perhaps buys, perhaps stays."""
    first, last = _name(seed, number)
    company, company_name, seats = COMPANIES[random.randrange(len(COMPANIES))]
    id, anonymous = f"demo-{seed}-{number}", f"visitor-{seed}-{number}"
    at = (begins + step for step in count(0, 0.5))
    traits: dict[str, Any] = {
        "email": email(seed, number),
        "first_name": first,
        "last_name": last,
        "plan": "trial",
        "company_name": company_name,
    }
    if random.random() < 0.5:
        traits["phone"] = f"+4915100{number % 100000:06d}"

    for page in ("Home", "Pricing"):
        yield Act(next(at), "browser", "page", {"anonymous_id": anonymous, "name": page})
    yield Act(next(at), "server", "identify", {"user_id": id, "anonymous_id": anonymous, "traits": traits})
    group = {"name": company_name, "seats": seats}
    yield Act(next(at), "server", "group", {"user_id": id, "group_id": company, "traits": group})
    yield _track(next(at), id, "Signed Up", {"plan": "trial"})
    if random.random() < 0.6:
        yield from _project(begins + random.uniform(6, 20), id, number, random)
    if random.random() < 0.5:
        yield from _shopping(begins + random.uniform(8, 15), id, number, random)
    if random.random() < 0.25:
        later = begins + random.uniform(40, 60)
        yield Act(later, "server", "identify", {"user_id": id, "traits": {"plan": "team"}})
        yield _track(later + 0.5, id, "Subscription Started", {"plan": "team", "price": 12 * seats})


def _project(at: float, id: str, number: int, random: Random) -> Iterator[Act]:
    project = {"project_id": f"p{number}", "name": "My first board"}
    yield _track(at, id, "Project Created", project)
    if random.random() < 0.5:
        context = {"device": {"token": f"token-{id}", "type": "ios"}}
        for event in ("Device Created or Updated", "App Opened"):
            yield Act(at + 1, "server", "track", {"user_id": id, "event": event, "context": context})
        comment = {
            "author": NAMES[random.randrange(len(NAMES))][0],
            "text": COMMENTS[random.randrange(len(COMMENTS))],
            "project_id": project["project_id"],
        }
        yield _track(at + 6, id, "Comment Received", comment)
    for step in range(random.randrange(4)):
        yield _track(at + 3 + step, id, "Comment Added", {"project_id": project["project_id"]})


def _shopping(at: float, id: str, number: int, random: Random) -> Iterator[Act]:
    chosen = random.sample(PRODUCTS, random.randint(1, 3))
    products = [{"name": name, "price": price, "quantity": 1} for name, price in chosen]
    cart = {"products": products, "total": round(sum(price for _, price in chosen), 2), "currency": "EUR"}
    yield _track(at, id, "Checkout Started", cart)
    if random.random() < 0.5:
        yield _track(at + random.uniform(4, 12), id, "Order Completed", cart | {"order_id": f"B-{1000 + number}"})


def _track(at: float, id: str, event: str, properties: dict[str, Any]) -> Act:
    return Act(at, "server", "track", {"user_id": id, "event": event, "properties": properties})
