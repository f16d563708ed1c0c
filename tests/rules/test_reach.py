"""A compiled rule names what it reads, so that nothing else makes anyone ask it."""

from tidings import rules


def test_a_rule_names_what_it_reads() -> None:
    compiled = rules.compile(
        rules.parse(
            'address.city = "Rome" and (company.plan = "pro" or in group team where size > 3 and relation.role = "x") '
            'and in segment "trials" and event.total > 5 and not did "X" where total > 1 and seats = 2'
        )
    )
    assert compiled.attributes == {"address", "company"}
    assert compiled.groups == {"company", "team"}
    assert compiled.group_attributes == {("company", "plan"), ("team", "size")}
    assert compiled.segments == {"trials"}
    assert [counter.event for counter in compiled.counters] == ["X"]
    assert (compiled.uses_event, compiled.uses_journey) == (True, False)


def test_a_name_before_a_dot_is_a_group_only_where_it_is_a_type() -> None:
    rule = rules.parse("team.size > 3")
    assert rules.compile(rule).groups == frozenset()
    compiled = rules.compile(rule, frozenset({"team"}))
    assert compiled.groups == {"team"}
    assert compiled.group_attributes == {("team", "size")}
    assert compiled.attributes == {"team"}


def test_event_and_journey_alone_are_attributes() -> None:
    compiled = rules.compile(rules.parse("event = 1 and journey.score > 2"))
    assert compiled.attributes == {"event"}
    assert (compiled.uses_event, compiled.uses_journey) == (False, True)
