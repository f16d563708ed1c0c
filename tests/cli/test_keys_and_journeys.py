"""Sources and the status of journeys, by the command line."""

from pathlib import Path

from tests.cli.conftest import Tidings
from tests.conftest import Database
from tidings.database.access import hash_key


async def test_a_source_is_made_listed_and_removed(tidings: Tidings, database: Database) -> None:
    await tidings("init")
    await tidings("apply", "--yes")
    assert "no sources; make one with `tidings source create NAME`" in (await tidings("source", "list")).out
    made = await tidings("source", "create", "website", "--public", "--json")
    assert made.code == 0
    key, signing = made.data["key"], made.data["signing_secret"]
    phones = (await tidings("source", "create", "phones", "--public")).out
    assert phones.count("    ") == 2
    assert signing not in phones
    assert "signing_secret" not in (await tidings("source", "create", "server", "--json")).data
    for name in ("phones", "server"):
        await tidings("source", "remove", name, "--yes")
    assert await database.fetchval("SELECT public FROM sources WHERE key_hash = $1", hash_key(key)) is True
    listed = (await tidings("source", "list", "--json")).data
    assert listed == [{"name": "website", "kind": "write_key", "trust": "public", "key": f"…{key[-4:]}"}]
    again = await tidings("source", "create", "website")
    assert again.code == 1
    assert "already exists" in again.err
    assert (await tidings("source", "remove", "website")).code == 1  # nobody to ask
    assert (await tidings("source", "remove", "website", "--yes")).out == "✓ website may send no more\n"
    assert "there is no source `website`" in (await tidings("source", "remove", "website", "--yes")).err


async def test_a_key_one_already_has_can_be_brought(tidings: Tidings, database: Database) -> None:
    await tidings("init")
    await tidings("apply", "--yes")
    made = await tidings("source", "create", "old", "--kind", "track", "--credential", "my-site-id:my-api-key-of-old")
    assert "    my-site-id:my-api-key-of-old\n" in made.out
    short = await tidings("source", "create", "short", "--credential", "abc")
    assert short.code == 1
    assert "at least 16 characters" in short.err
    public = await tidings("source", "create", "wrong", "--kind", "app", "--public")
    assert "a key of kind app can't be public" in public.err


async def test_journeys_change_status(tidings: Tidings, here: Path) -> None:
    await tidings("init")
    await tidings("apply", "--yes")
    assert (await tidings("journey", "list", "--json")).data[0]["status"] == "live"
    assert "hello is paused: nobody enters" in (await tidings("journey", "pause", "hello")).out
    assert "(it was already)" in (await tidings("journey", "pause", "hello")).out
    assert (await tidings("journey", "resume", "hello", "--json")).data == {
        "id": "hello",
        "status": "live",
        "changed": True,
        "number": 3,
    }
    await tidings("journey", "pause", "hello")
    wrong = await tidings("journey", "resume", "hello", "--held", "skip", "--rate", "5 per second")
    assert (wrong.code, "leave the rate out" in wrong.err) == (1, True)
    assert "hello is live" in (await tidings("journey", "resume", "hello", "--held", "shift")).out
    assert (await tidings("journey", "close", "hello")).code == 0
    assert (await tidings("journey", "stop", "hello")).code == 1
    assert (await tidings("journey", "stop", "hello", "--yes")).code == 0
    gone = await tidings("journey", "resume", "hello")
    assert gone.code == 1
    assert "`hello` is stopped, so it can't be resumed" in gone.err
    unknown = await tidings("journey", "pause", "helo")
    assert "there is no journey `helo`" in unknown.err
    assert "did you mean `hello`?" in unknown.err
    assert (here / "journeys/hello.yaml").exists()


async def test_one_journey_is_published_alone(tidings: Tidings, here: Path) -> None:
    await tidings("init")
    await tidings("apply", "--yes")
    hello = here / "journeys/hello.yaml"
    hello.write_text(hello.read_text().replace("Say hello", "Not ready yet"))
    (here / "segments").mkdir()
    (here / "segments/trials.yaml").write_text('segment: trials\nrule: plan = "trial"\n')
    (here / "segments/new.yaml").write_text('segment: new\nrule: in segment "trials" and email is present\n')
    (here / "segments/other.yaml").write_text("segment: other\nrule: plan is missing\n")
    text = (here / "templates/hello.md").read_text()
    (here / "templates/offer.md").write_text(text.replace("---\nHello", "layout: letter\n---\nHello"))
    (here / "layouts").mkdir()
    (here / "layouts/letter.html").write_text("<html><body>{{ content }}</body></html>\n")
    steps = "steps:\n  - id: offer\n    send: offer\n"
    (here / "journeys/offer.yaml").write_text("journey: offer\ntrigger:\n  segment: entered new\n" + steps)
    published = await tidings("journey", "publish", "offer", "--yes")
    assert published.code == 0, published.err
    changed = [line.split()[-1] for line in published.out.splitlines() if line.startswith(("+", "~", "-"))]
    assert changed == [
        "segments/new.yaml",
        "segments/trials.yaml",
        "journeys/offer.yaml",
        "templates/offer.md",
        "layouts/letter.html",
    ]
    left = await tidings("plan", "--json")
    assert [change["file"] for change in left.data["changes"]] == ["segments/other.yaml", "journeys/hello.yaml"]
    unknown = await tidings("journey", "publish", "ofer", "--yes")
    assert unknown.code == 1
    assert "did you mean `offer`?" in unknown.err
    settings = here / "tidings.toml"
    settings.write_text(settings.read_text() + '\n[topics.news]\nname = "News"\n')
    (here / "templates/offer.md").write_text(text.replace("---\nHello", "topic: news\n---\nHello"))
    missing = await tidings("journey", "publish", "offer", "--yes")  # the topic is in the folder, but not in force
    assert missing.code == 1
    assert "there is no topic `news`" in missing.err


async def test_a_journey_goes_into_shadow_and_out_of_it(tidings: Tidings, here: Path) -> None:
    await tidings("init")
    assert (await tidings("journey", "publish", "hello", "--shadow", "--yes")).code == 0
    again = await tidings("journey", "shadow", "hello", "--json")
    assert again.data == {"id": "hello", "shadow": True, "changed": False, "number": 1}
    journey = here / "journeys/hello.yaml"
    journey.write_text(journey.read_text().replace("Say hello", "Say good day"))
    await tidings("apply", "--yes")  # an edit does not bring it out of shadow
    off = await tidings("journey", "shadow", "hello", "--off", "--json")
    assert off.data == {"id": "hello", "shadow": False, "changed": True, "number": 3}
    assert (await tidings("journey", "shadowed", "hello", "--json")).data == []
    assert "did you mean `hello`?" in (await tidings("journey", "shadow", "helo")).err
