"""What people do while everything breaks around them, and what must have come of it, worked out apart."""

import asyncio
import random
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import httpx

from tests.api.serving import basic

REST = 2_000_000
"""Microseconds between the welcome and what follows it."""
_AT_ONCE = 20
"""Requests under way. The others wait their turn here: in the client's own queue each looks at every connection whenever anything moves,
and a crowd that has piled up leaves no time for anything else."""
_LONGEST_WAIT = 2.0
"""Seconds between two tries, about, once a call was refused a few times; SDKs wait longer."""
TEMPLATES = {
    "hello": "---\nsubject: hello\n---\n<p>Hello</p>\n",
    "nudge": "---\nsubject: nudge\n---\n<p>Come back</p>\n",
    "loyal": "---\nsubject: loyal\n---\n<p>You are one of us</p>\n",
    "thanks": "---\nsubject: thanks\ntransactional: true\n---\n<p>Thank you</p>\n",
}
ARMS = [
    {"when": 'did "Ordered" since entry', "steps": [{"id": "thank", "send": "thanks"}]},
    {"otherwise": [{"id": "nudge", "send": "nudge"}]},
]
JOURNEYS = {
    "welcome": {
        "journey": "welcome",
        "name": "Welcome",
        "trigger": {"event": "Signed Up"},
        "reenter": "always",
        "steps": [
            {"id": "hello", "send": "hello"},
            {"id": "rest", "wait": "2 seconds"},
            {"id": "which", "branch": ARMS},
        ],
    },
    "regulars": {
        "journey": "regulars",
        "name": "Regulars",
        "trigger": {"segment": "entered loyal"},
        "reenter": "always",
        "steps": [{"id": "loyal", "send": "loyal"}],
    },
}
SEGMENTS = {
    "loyal": {"segment": "loyal", "name": "Loyal", "rule": 'did "Ordered" at least 3 times'},
    "pros": {"segment": "pros", "name": "Pros", "rule": 'plan = "pro"'},
}


def definitions(smtp: Mapping[str, Any]) -> dict[str, Any]:
    """What is in force: two segments, two journeys, four mails."""
    return {
        "settings": {
            "workspace": "production",
            "sender": "team",
            "senders": {"team": {"email": "team@example.com"}},
            "channels": {"email": dict(smtp)},
        },
        "segments": SEGMENTS,
        "journeys": {
            id: {"version": 1, "status": "live", "document": document, "history": {"1": document}}
            for id, document in JOURNEYS.items()
        },
        "templates": {name: {"version": 1, "text": text, "format": "html"} for name, text in TEMPLATES.items()},
    }


@dataclass
class Life:
    """One person's. ``looks``: events before it is known who it is; ``orders``: seconds before each; ``begins``: in which round;
    ``perhaps``: message ids of events that were sent once only, and whether they were answered 200."""

    name: str
    plan: str
    looks: int
    orders: list[float]
    begins: int
    perhaps: dict[str, bool] = field(default_factory=dict)

    @property
    def email(self) -> str:
        return f"{self.name}@example.com"

    @property
    def events(self) -> Counter[str]:
        """What must have happened."""
        return +Counter({"Looked": self.looks, "Signed Up": 1, "Ordered": len(self.orders)})

    @property
    def segments(self) -> set[str]:
        """Where they must be in."""
        found = set()
        if len(self.orders) >= 3:
            found.add("loyal")
        if self.plan == "pro":
            found.add("pros")
        return found

    def mails(self, happened: list[tuple[str, int]]) -> set[str]:
        """What they must have been sent, by what happened to them and when (as the log took it)."""
        began = next(at for name, at in happened if name == "Signed Up")
        soon = any(name == "Ordered" and at < began + REST for name, at in happened)
        return {"hello", "thanks" if soon else "nudge"} | ({"loyal"} if len(self.orders) >= 3 else set())


def draw(dice: random.Random, number: int, rounds: int) -> Life:
    """Think one up."""
    orders = [dice.choice([0.0, 0.05, 0.4, 1.2]) for _ in range(dice.randrange(6))]
    looks = dice.randrange(4) if number % 3 == 0 else 0
    return Life(f"p{number}", dice.choice(["pro", "free"]), looks, orders, dice.randrange(rounds))


class Crowd:
    """Lives them, by HTTP, each within some seconds of its round's beginning. Whatever is not answered 200 is sent again, as SDKs do."""

    def __init__(self, url: str, write_key: str, lives: list[Life], dice: random.Random, lasts: float) -> None:
        self.lives, self.dice, self.lasts = lives, dice, lasts
        self.rounds = [asyncio.Event() for _ in range(1 + max(life.begins for life in lives))]
        self.statuses: Counter[str] = Counter()
        self._turns = asyncio.Semaphore(_AT_ONCE)
        self._client = httpx.AsyncClient(
            base_url=url,
            timeout=10,
            headers={"Authorization": basic(write_key)},
            limits=httpx.Limits(max_connections=_AT_ONCE),
        )

    async def live(self) -> None:
        async with self._client, asyncio.TaskGroup() as tasks:
            for life in self.lives:
                tasks.create_task(self._live(life))

    async def _live(self, life: Life) -> None:
        await self.rounds[life.begins].wait()
        await asyncio.sleep(self.dice.random() * self.lasts)
        browser = {"anonymousId": f"browser of {life.name}"} if life.looks else {}
        for number in range(life.looks):
            await self._send({"type": "track", "event": "Looked", **browser}, f"{life.name} looks {number}")
        traits = {"email": life.email, "plan": life.plan}
        user = {"userId": life.name}
        await self._send({"type": "identify", "traits": traits, **user, **browser}, f"{life.name} is")
        await self._send({"type": "track", "event": "Signed Up", **user}, f"{life.name} signs up")
        for number, pause in enumerate(life.orders):
            await asyncio.sleep(pause)
            await self._send({"type": "track", "event": "Ordered", **user}, f"{life.name} orders {number}")
            name = f"{life.name} perhaps {number}"
            life.perhaps[name] = await self._once({"type": "track", "event": "Perhaps", **user}, name)

    async def _send(self, call: dict[str, Any], name: str) -> None:
        """Send until it is taken; now and then once more, as a client that missed the answer."""
        wait = 0.1
        while not await self._once(call, name):
            await asyncio.sleep(wait * (0.5 + self.dice.random()))
            wait = min(2 * wait, _LONGEST_WAIT)
        if self.dice.random() < 0.2:
            await self._once(call, name)

    async def _once(self, call: dict[str, Any], name: str) -> bool:
        call = {**call, "messageId": name}
        try:
            async with self._turns:
                if self.dice.random() < 0.5:
                    answer = await self._client.post(f"/v1/{call['type']}", json=call)
                else:
                    answer = await self._client.post("/v1/batch", json={"batch": [call]})
        except (
            httpx.TransportError,
            AttributeError,
        ) as error:  # the latter: of a socket that broke while it was looked at
            self.statuses[type(error).__name__] += 1
            return False
        self.statuses[str(answer.status_code)] += 1
        assert answer.status_code in (200, 503), answer.text
        return answer.status_code == 200
