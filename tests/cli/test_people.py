"""People by the command line: who they are, what happened, why; what came in, what could not be applied, and undoing a merge."""

import asyncio
import os
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
from msgspec.structs import replace

from tests.cli.conftest import Tidings
from tests.conftest import Database
from tidings import log
from tidings.database.access import list_workspaces
from tidings.delivery.worker import Worker as Sender
from tidings.kernel.ids import digest
from tidings.kernel.records import (
    PUBLIC,
    SECRET,
    Body,
    Delete,
    Enter,
    Event,
    Group,
    Identify,
    Merge,
    Record,
    Ungroup,
    encode,
    home,
)
from tidings.kernel.times import show_iso
from tidings.processor.worker import Worker
from tidings.settings import Settings

WAITING = """
SELECT (SELECT count(*) FROM in_force WHERE built < number) + count(*) FROM cursors c CROSS JOIN LATERAL (
    SELECT 1 FROM log l WHERE l.partition = c.partition AND (l.xid, l.seq) > (c.xid, c.seq) LIMIT 1
) left_over
"""


class World:
    """A workspace in force, and records handed to a real worker."""

    def __init__(self, database: Database, workspace: int) -> None:
        self.database, self.workspace, self.count = database, workspace, 0

    async def send(self, *said: tuple[tuple[str, str], Body], trust: int = SECRET) -> None:
        await self.put(*said, trust=trust)
        await self.settle()

    async def put(self, *said: tuple[tuple[str, str], Body], trust: int = SECRET) -> None:
        """Put records into the log."""
        now = time.time_ns() // 1000
        records = []
        for who, body in said:
            self.count += 1
            name = f"m{self.count}"
            made = Record(digest(name), self.workspace, 1, trust, (who,), now + self.count, now, body, message_id=name)
            records.append(replace(made, context={"sentAt": "2026-11-01"}) if isinstance(body, Event) else made)
        async with self.database.pool.acquire() as connection:
            await log.append(connection, [(home(record), encode(record)) for record in records])

    async def settle(self) -> None:
        """Let a worker apply all there is, and bring everybody up to the definitions in force."""
        worker = Worker(self.database.pool, self.database.url, Settings())
        working = asyncio.create_task(worker.run())
        async with asyncio.timeout(30):
            while await self.database.fetchval(WAITING):
                await asyncio.sleep(0.02)
        worker.stop()
        await working


@pytest.fixture
async def world(tidings: Tidings, here: Path, database: Database) -> World:
    """The starter project with a wait in its journey, in force."""
    await tidings("init")
    journey = here / "journeys/hello.yaml"
    journey.write_text(
        journey.read_text().replace("  event: Signed Up", '  event: Signed Up\n  where: plan = "trial"')
        + '  - id: project\n    wait_until: did "Project Created" since entry\n'
    )
    await tidings("apply", "--yes")
    async with database.pool.acquire() as connection:
        (own,) = await list_workspaces(connection)
    world = World(database, own.id)
    await world.settle()
    return world


def ada(**attributes: Any) -> Identify:
    return Identify({"email": "ada@example.com", "first_name": "Ada", **attributes})


async def test_a_person_is_shown_by_whatever_one_knows(tidings: Tidings, world: World) -> None:
    await world.send((("id", "ada"), ada(seats=3)), (("id", "ada"), Event("Signed Up", {"plan": "trial"})))
    for who in ("ada", "ada@example.com", "ada@", "ADA@example.com"):
        shown = (await tidings("person", "show", who, "--json")).data
        assert {"kind": "email", "value": "ada@example.com"} in shown["identifiers"]
    assert shown["attributes"]["seats"] == 3
    assert [(run["journey"], run["step"]) for run in shown["journeys"]] == [("hello", "project")]
    assert [(m["template"], m["state"]) for m in shown["messages"]] == [("hello", "planned")]
    assert ("track", "Signed Up", {"plan": "trial"}) in [(e["kind"], e["name"], e["data"]) for e in shown["history"]]
    assert {e["name"]: e["context"] for e in shown["history"]}["Signed Up"] == {"sentAt": "2026-11-01"}
    page = (await tidings("person", "show", "ada")).out
    for words in ("ada@example.com", "journey hello: waiting at project", "track Signed Up", "plan: trial"):
        assert words in page
    assert (await tidings("person", "show", shown["id"])).code == 0
    nobody = await tidings("person", "show", "nobody@example.com")
    assert nobody.code == 1
    assert "nobody is known by `nobody@example.com`" in nobody.err
    await world.send((("id", "adam"), Identify({"email": "adam@example.com"})))
    assert (await tidings("person", "show", "ada")).code == 0
    several = await tidings("person", "show", "ad")
    assert several.code == 1
    assert "may be any of 2 people" in several.err
    assert "ada@example.com, adam@example.com" in several.err


async def test_why_speaks_in_the_rules_words(tidings: Tidings, world: World) -> None:
    await world.send((("id", "ada"), ada()), (("id", "ada"), Event("Signed Up", {"plan": "free"})))
    told = (await tidings("person", "why", "ada", "hello", "--json")).data
    assert told["answer"] == "The person never came to Say hello."
    assert any('"Signed Up"' in line and "✗" in line and 'plan = "trial"' in line for line in told["reasons"])
    assert any('with {plan: "free"}' in line for line in told["reasons"])
    (false,) = (each for each in told["false"] if each["of"] == "trigger")
    assert (false["clause"], false["saw"]) == ('plan = "trial"', 'it is "free"')
    assert (false["last_true"], false["says"]) == (None, "true of none")
    await world.send((("id", "ada"), Event("Signed Up", {"plan": "trial"})))
    page = await tidings("person", "why", "ada@example.com", "hello")
    assert page.code == 0
    assert "stands at step `project`" in page.out
    assert 'no  did "Project Created" since entry (counted none)' in page.out
    assert "The message hello" in page.out
    assert "Z planned `hello`: hello" in page.out
    assert "sent hello" not in page.out  # nobody sends here: it is planned, and says so
    unknown = await tidings("person", "why", "ada", "helo")
    assert unknown.code == 1
    assert "did you mean `hello`?" in unknown.err


async def test_why_speaks_of_segments_too(tidings: Tidings, world: World, here: Path) -> None:
    await world.send((("id", "ada"), ada()), (("id", "ada"), Event("Order Completed", {"total": 70})))
    (here / "segments").mkdir()
    rule = 'rule: did "Order Completed" within 30 days where total > 50 and email is present\n'
    (here / "segments/buyers.yaml").write_text(
        "segment: buyers\n" + rule.replace("did", "(did").replace(" and", ") and")
    )
    (here / "segments/friends.yaml").write_text("segment: friends\nmanual: true\n")
    await tidings("apply", "--yes")
    await world.settle()
    told = (await tidings("person", "why", "ada", "--segment", "buyers", "--json")).data
    assert told["answer"].startswith("The person is in buyers since ")
    assert any('yes did "Order Completed"' in line and "counted 1" in line for line in told["reasons"])
    assert [line.partition(" ")[2] for line in told["path"]] == ["entered, by a change of the segment"]
    page = (await tidings("person", "why", "ada", "--segment", "friends")).out
    assert "The person is not in friends." in page
    assert "kept by hand" in page
    assert "did you mean `buyers`?" in (await tidings("person", "why", "ada", "--segment", "buyer")).err
    assert "what is asked about?" in (await tidings("person", "why", "ada")).err


async def test_groups_and_calls_of_the_api_are_told_in_words(tidings: Tidings, world: World) -> None:
    await world.send((("id", "ada"), ada()))
    await world.send(
        (("id", "ada"), Group("company", "acme", {}, {"role": "admin"})),
        (("id", "ada"), Enter("hello", {"seats": 3})),
        (("id", "ada"), Ungroup("company", "acme")),
    )
    shown = " ".join((await tidings("person", "show", "ada")).out.split())
    for said in ("belongs to company acme role: admin", "called into hello seats: 3", "left company acme"):
        assert said in shown


async def test_a_merge_is_listed_and_undone(tidings: Tidings, world: World) -> None:
    await world.send(
        (("id", "ada"), ada()), (("id", "grace"), Identify({"team": "navy", "email": "grace@example.com"}))
    )
    await world.send((("id", "ada"), Merge(("id", "grace"))))
    assert (await tidings("person", "show", "grace", "--json")).data["attributes"]["first_name"] == "Ada"
    (merge,) = (await tidings("person", "unmerge", "ada", "--list", "--json")).data
    assert (merge["name"], merge["identifiers"]) == ("grace@example.com", ["grace", "grace@example.com"])
    assert (await tidings("person", "unmerge", "ada")).code == 1  # nobody to ask
    assert (await tidings("person", "unmerge", "ada", "grace", "--yes")).code == 0
    await world.settle()
    grace = (await tidings("person", "show", "grace", "--json")).data
    assert grace["attributes"]["team"] == "navy"
    assert "first_name" not in grace["attributes"]
    assert "team" not in (await tidings("person", "show", "ada", "--json")).data["attributes"]
    shown = " ".join((await tidings("person", "show", "ada")).out.split())
    for said in (f"merged: took over {merge['id']}", f"unmerged: parted from {merge['id']}", "known by id ada"):
        assert said in shown
    again = await tidings("person", "unmerge", "ada", "--yes")
    assert again.code == 1
    assert "absorbed nobody" in again.err


async def test_somebody_is_forgotten_and_if_asked_for_good(tidings: Tidings, world: World) -> None:
    await world.send((("id", "ada"), ada()), (("id", "grace"), Identify({"team": "navy"})))
    assert (await tidings("person", "delete", "ada")).code == 1  # nobody to ask
    assert (await tidings("person", "delete", "ada@example.com", "--yes")).code == 0
    assert (await tidings("person", "delete", "grace", "--suppress", "--yes", "--json")).data["suppressed"] is True
    await world.settle()
    assert "nobody is known by" in (await tidings("person", "show", "ada")).err
    await world.send((("id", "ada"), Identify({"again": True})), (("id", "grace"), Identify({"again": True})))
    assert (await tidings("person", "show", "ada", "--json")).data["attributes"]["again"] is True
    assert "nobody is known by" in (await tidings("person", "show", "grace")).err


async def test_rejected_records_are_listed_and_replayed(tidings: Tidings, world: World) -> None:
    assert (await tidings("rejected", "list")).out == "no record was rejected\n"
    await world.send((("id", "ada"), ada()))
    await world.send((("id", "ada"), Delete()), trust=PUBLIC)
    (line,) = (await tidings("rejected", "list", "--json")).data
    assert (line["what"], line["who"], line["replayed"]) == ("delete", "ada", None)
    assert line["reason"] == "a public key can't delete a person"
    assert "public key can't" in (await tidings("rejected", "list")).out
    assert (await tidings("rejected", "replay")).code == 1
    unknown = await tidings("rejected", "replay", "99")
    assert (unknown.code, unknown.out) == (1, "")
    assert "this number names no rejected record" in unknown.err
    replayed = await tidings("rejected", "replay", "--all", "--yes", "--json")
    assert replayed.data == {"replayed": 1}
    await world.settle()
    assert [each["replayed"] is None for each in (await tidings("rejected", "list", "--json")).data] == [True, False]
    assert (await tidings("person", "show", "ada")).code == 0


async def test_journeys_say_how_many_are_inside(tidings: Tidings, world: World) -> None:
    await world.send((("id", "ada"), ada()), (("id", "ada"), Event("Signed Up", {"plan": "trial"})))
    assert (await tidings("journey", "list", "--json")).data[0]["inside"] == 1
    assert "1 person is inside hello" in (await tidings("journey", "stop", "hello", "--yes")).out
    await world.settle()
    assert (await tidings("journey", "list", "--json")).data[0]["inside"] == 0


async def test_a_plan_says_what_becomes_of_people_inside(tidings: Tidings, world: World, here: Path) -> None:
    await world.send((("id", "ada"), ada()), (("id", "ada"), Event("Signed Up", {"plan": "trial"})))
    journey = here / "journeys/hello.yaml"
    before = journey.read_text()
    journey.write_text(before.replace("name: Say hello", "name: Welcome"))
    assert "1 person is inside: they go on in version 2" in (await tidings("plan")).out
    journey.write_text(before.replace("id: project", "id: first-project"))
    gone = "1 person is at `project` (Ada): they finish on version 1, with the messages it has"
    assert gone in (await tidings("plan")).out
    (change,) = (await tidings("plan", "--json")).data["changes"]
    (stop,) = change["people"]["stops"]
    assert (stop["step"], stop["people"], stop["becomes"]) == (
        "project",
        1,
        "finish on version 1, with the messages it has",
    )
    assert (await tidings("apply", "--yes")).code == 0
    await world.settle()
    template = here / "templates/hello.md"
    template.write_text(template.read_text().replace("nice to have", "good to have"))
    assert "as it was for 1 person who finishes on version 1 of hello" in (await tidings("plan")).out
    (change,) = (await tidings("plan", "--json")).data["changes"]
    assert change["kept_by"] == [{"journey": "hello", "version": 1, "people": 1}]
    journey.unlink()
    assert "1 person is at `project` (Ada): they leave: their runs end" in (await tidings("plan")).out


async def test_everything_seen_is_listed(tidings: Tidings, world: World) -> None:
    assert (await tidings("events", "list")).out == "nothing was seen yet\n"
    await world.send((("id", "ada"), ada()), (("id", "ada"), Event("Order Completed", {"total": 5, "gift": True})))
    lines = {
        (line["kind"], line["name"], line["property"]): line
        for line in (await tidings("events", "list", "--json")).data
    }
    assert lines["track", "Order Completed", ""]["times"] == 1
    assert lines["track", "Order Completed", "total"]["types"] == ["number"]
    assert lines["person", "", "first_name"]["example"] == "Ada"
    page = (await tidings("events", "list", "Order Completed")).out
    assert "true or false" in page
    assert "first_name" not in page


async def test_what_comes_in_is_printed_and_followed(tidings: Tidings, world: World, here: Path) -> None:
    await world.send((("id", "ada"), ada()), (("id", "ada"), Event("Signed Up", {"plan": "free"})))
    shown = (await tidings("events", "tail", "--json")).data
    assert [(each["kind"], each["name"], each["who"]) for each in shown] == [
        ("identify", "", {"id": "ada"}),
        ("track", "Signed Up", {"id": "ada"}),
    ]
    assert "track     Signed Up" in (await tidings("events", "tail", "--name", "Signed Up")).out
    assert (await tidings("events", "tail", "--name", "Nothing")).out == "nothing was accepted in the last minutes\n"
    following = await asyncio.create_subprocess_exec(
        sys.executable,
        *("-m", "tidings", "events", "tail", "--follow", "--json", "--lines", "1"),
        cwd=here,
        env={**os.environ, "TIDINGS_DATABASE_URL": world.database.url},
        stdout=subprocess.PIPE,
    )
    assert following.stdout is not None
    try:
        async with asyncio.timeout(30):
            assert b"Signed Up" in await following.stdout.readline()
            await world.send((("id", "ada"), Event("Order Completed", {"total": 5})))
            assert b"Order Completed" in await following.stdout.readline()
    finally:
        following.kill()
        await following.wait()


def now() -> str:
    """A moment after all that has happened, in words."""
    moment = time.time_ns() // 1000
    return f"{show_iso(moment - moment % 1_000_000)[:-1]}.{moment % 1_000_000:06d}Z"


async def test_why_answers_for_a_moment_of_the_past(tidings: Tidings, world: World, here: Path) -> None:
    who = ("id", "ada")
    await world.send((who, ada(plan="trial")))
    before = now()
    await world.send((who, Event("Signed Up", {"plan": "trial"})))
    inside = now()
    await world.send((who, Event("Project Created", {})))
    await world.send((who, ada(plan="team")))
    after = now()
    journey = here / "journeys/hello.yaml"
    journey.write_text(journey.read_text().replace("Project Created", "Board Created"))
    await tidings("apply", "--yes")
    await world.settle()

    said = await tidings("person", "why", "ada", "hello", "--at", before)
    assert "never came to" in said.out
    assert 'no "Signed Up" is known' in said.out
    said = await tidings("person", "why", "ada", "hello", "--at", inside)
    assert "stands at step `project`" in said.out
    assert 'no  did "Project Created" since entry' in said.out
    said = await tidings("person", "why", "ada", "hello", "--at", after)
    assert "went through" in said.out
    assert '"Signed Up" at' in said.out
    said = await tidings("person", "why", "ada", "hello", "--at", "2020-01-01")
    assert (said.code, "nothing was known of the person then" in said.err) == (1, True)
    said = await tidings("person", "why", "ada", "hello", "--at", "yesterday")
    assert (said.code, "is no moment" in said.err) == (1, True)


CALLED = """journey: called
trigger: {api: true}
steps:
  - {id: large, wait_until: event.total >= 5, at_most: 3 days}
"""
GROWN = """journey: grown
trigger: {group: company, attribute: plan, to: team}
run_per: event.group_id
steps:
  - {id: large, wait_until: event.before.plan = "solo", at_most: 3 days}
"""


async def test_a_moment_of_the_past_knows_what_a_run_began_with(tidings: Tidings, world: World, here: Path) -> None:
    (here / "journeys/called.yaml").write_text(CALLED)
    (here / "journeys/grown.yaml").write_text(GROWN)
    await tidings("apply", "--yes")
    await world.settle()
    who = ("id", "ada")
    await world.send(
        (who, ada()), (who, Group("company", "acme", {"plan": "trial"})), (who, Enter("called", {"total": 3}))
    )
    await world.send((who, Group("company", "acme", {"plan": "team"})))
    async with asyncio.timeout(20):
        while (await tidings("person", "why", "ada", "grown")).out.count("stands at step `large`") == 0:
            await world.settle()
    inside = now()
    await world.send((who, Event("Signed Up", {"plan": "trial"})))
    for journey, clause in (
        ("called", "no  event.total >= 5 (it is 3)"),
        ("grown", 'no  event.before.plan = "solo" (it is "trial")'),
    ):
        for at in ((), ("--at", inside)):
            said = await tidings("person", "why", "ada", journey, *at)
            assert "stands at step `large`" in said.out
            assert clause in said.out, said.out


async def test_why_of_a_segment_sees_the_attributes_and_the_rule_of_then(
    tidings: Tidings, world: World, here: Path
) -> None:
    segment = here / "segments/trials.yaml"
    segment.parent.mkdir()
    segment.write_text('segment: trials\nrule: plan = "trial"\n')
    await tidings("apply", "--yes")
    await world.settle()
    await world.send((("id", "ada"), ada(plan="trial")))
    inside = now()
    await world.send((("id", "ada"), ada(plan="team")))
    left = (await tidings("person", "why", "ada", "--segment", "trials", "--json")).data
    (false,) = left["false"]
    assert inside < false["last_true"] < now()
    assert any(line.endswith(f'(it is "team"); {false["says"]}') for line in left["reasons"])
    segment.write_text('segment: trials\nrule: plan = "none"\n')
    await tidings("apply", "--yes")
    await world.settle()
    said = await tidings("person", "why", "ada", "--segment", "trials", "--at", inside)
    assert "The person is in trials since" in said.out
    assert 'yes plan = "trial" (it is "trial")' in said.out
    said = await tidings("person", "why", "ada", "--segment", "trials")
    assert "not in trials" in said.out
    assert 'no  plan = "none" (it is "team"); never true' in said.out


async def test_a_message_that_did_not_arrive_is_sent_again(tidings: Tidings, world: World) -> None:
    await world.send((("id", "ada"), ada()), (("id", "ada"), Event("Signed Up", {"plan": "trial"})))
    (message,) = (await tidings("person", "show", "ada", "--json")).data["messages"]
    refused = await tidings("delivery", "retry", message["id"], "--yes")
    assert refused.code == 1
    assert "it is still on its way" in refused.err
    await world.database.execute("UPDATE deliveries SET state = 'bounced', attempts = 1, settled = due")
    shown = await tidings("delivery", "show", message["id"])
    assert "It can be sent again." in shown.out
    assert "which messages are meant?" in (await tidings("delivery", "retry")).err
    assert (await tidings("delivery", "retry", "--template", "hello", "--yes", "--json")).data == {"asked": 1}
    await world.settle()
    messages = (await tidings("person", "show", "ada", "--json")).data["messages"]
    assert sorted(each["state"] for each in messages) == ["bounced", "planned"]
    again = await tidings("delivery", "retry", message["id"], "--yes")
    assert again.code == 1
    assert "it was sent again already" in again.err
    assert "there is no delivery `x`" in (await tidings("delivery", "show", "x")).err


async def test_a_message_is_shown_as_it_was_sent(tidings: Tidings, world: World) -> None:
    await world.send((("id", "ada"), ada()), (("id", "ada"), Event("Signed Up", {"plan": "trial"})))
    (message,) = (await tidings("person", "show", "ada", "--json")).data["messages"]
    early = await tidings("delivery", "show", message["id"], "--html")
    assert early.code == 1
    assert "It was not sent yet" in early.err
    sender = Sender(world.database.pool, world.database.url, "https://t.example")
    sending = asyncio.create_task(sender.run())
    async with asyncio.timeout(30):
        while await world.database.fetchval("SELECT count(*) FROM deliveries WHERE state <> 'sent'"):
            await asyncio.sleep(0.02)
    sender.stop()
    await sending
    (kept,) = await world.database.fetch("SELECT subject, html, raw FROM mailbox")
    await world.send((("id", "ada"), Identify({"first_name": "Augusta"})))
    shown = await tidings("delivery", "show", message["id"])
    assert "As it was handed over at" in shown.out
    assert f"Subject: {kept['subject']}" in shown.out
    assert "To: ada@example.com" in shown.out
    said = (await tidings("delivery", "show", message["id"], "--json")).data["sent"]
    assert (said["html"], said["subject"]) == (kept["html"], kept["subject"])
    assert (await tidings("delivery", "show", message["id"], "--html")).out == kept["html"]
    source = (await tidings("delivery", "show", message["id"], "--source")).out
    assert source.encode().replace(b"\r\n", b"\n") == kept["raw"].replace(b"\r\n", b"\n")
