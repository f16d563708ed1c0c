"""What the catalog tells of objects: what they have in them, by the example it keeps."""

from tidings.people.catalog import Seen, example, within


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
