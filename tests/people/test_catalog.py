"""What the catalog tells of values: several examples of each, and what objects have in them."""

from tests.conftest import Database
from tidings.people.catalog import Seen, Tally, example, spoken, within


async def test_values_that_come_again_stand_beside_each_other(database: Database) -> None:
    async with database.pool.acquire() as connection:
        for value in ("team", "trial", "team", None, "free", "trial"):
            tally = Tally()
            tally.see(1, "person", "", {"plan": value}, 0, b"ada")
            await tally.write(connection, range(7, 39))
        (line,) = await spoken(connection, 1, 12)
        assert (line.times, line.types, line.examples) == (6, ["text", "null"], ["free", "team", "trial"])
        (line,) = await spoken(connection, 1, 2)
        assert line.examples == ["free", "team"]


def test_an_objects_example_tells_what_it_has_in_it() -> None:
    text = '{"city":"Berlin","geo":{"lat":52.5,"deep":{"er":{"still":1}}},"first name":"no word","open":true}'
    assert list(within(["object"], text)) == [
        ("city", ["text"], "Berlin"),
        ("geo", ["object"], '{"lat":52.5,"deep":{"er":{"still":1}}}'),
        ("geo.lat", ["number"], "52.5"),
        ("geo.deep", ["object"], '{"er":{"still":1}}'),
        ("geo.deep.er", ["object"], '{"still":1}'),
        ("open", ["true or false"], "true"),
    ]
    assert list(within(["text"], text)) == list(within(["object"], text[:40])) == list(within(["object"], "")) == []
    line = Seen("person", "", "address", ["object"], 1, 0, 0, '{"city":"Berlin"}')
    assert example(line) == {"city": "Berlin"}
    assert example(line._replace(example='{"city":')) == '{"city":'
