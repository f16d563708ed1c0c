"""Policy: what each answer is for, and what no order of asking may break."""

import msgspec
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from tidings.delivery.policy import (
    SLACK,
    Facts,
    Hold,
    Limit,
    Refuse,
    Send,
    Sent,
    address_hash,
    decide,
    kept,
    parse_limits,
    parse_pace,
    parse_rates,
)
from tidings.kernel.problems import Invalid
from tidings.kernel.times import DAY, HOUR, MINUTE, SECOND

NOW = 1_800_000_000 * SECOND
CAP = (Limit("marketing", 3, 7 * DAY),)


def sent(number: int, ago: int, channel: str = "email", topic: str = "news") -> Sent:
    return Sent(number.to_bytes(16, "big"), NOW - ago, channel, topic)


@pytest.mark.parametrize(
    ("facts", "word"),
    [
        (Facts(expires=NOW), "expired"),
        (Facts(reachable=False, channel="email", needs="an `email`"), "email needs an `email`"),
        (Facts(suppressed="bounced"), "suppressed: bounced"),
        (Facts(suppressed="bounced", transactional=True), "suppressed"),
        (Facts(unsubscribed=True), "everything"),
        (Facts(topic="news", topic_agreed=False), "unsubscribed from the topic news"),
        (Facts(topic="news", topic_default=False), "never subscribed to the topic news"),
        (Facts(channel="sms", channel_agreed=False), "unsubscribed from sms"),
        (Facts(control=True), "in the control group"),
    ],
)
def test_refused_in_words(facts: Facts, word: str) -> None:
    decision = decide(facts, (), NOW)
    assert isinstance(decision, Refuse)
    assert word in decision.reason


def test_someone_who_asked_for_a_message_gets_it_in_spite_of_consent_and_caps() -> None:
    facts = Facts(
        transactional=True,
        control=True,
        unsubscribed=True,
        topic="news",
        topic_agreed=False,
        channel_agreed=False,
        limits=CAP,
    )
    assert decide(facts, [sent(n, HOUR) for n in range(5)], NOW) == Send()


def test_a_topic_agreed_to_beats_its_default() -> None:
    assert decide(Facts(topic="news", topic_agreed=True, topic_default=False), (), NOW) == Send()


def test_a_cap_holds_until_the_oldest_leaves_the_window() -> None:
    sends = [sent(1, 6 * DAY), sent(2, 2 * DAY), sent(3, HOUR)]
    assert decide(Facts(channel="email", limits=CAP), sends[1:], NOW) == Send()
    held = decide(Facts(channel="email", limits=CAP), sends, NOW)
    assert isinstance(held, Hold)
    assert held.until == NOW + DAY
    assert decide(Facts(channel="email", limits=CAP), sends, held.until) == Send()
    assert isinstance(decide(Facts(channel="email", limits=CAP), sends, held.until - 1), Hold)


def test_what_a_cap_leaves_is_for_the_journey_that_comes_first() -> None:
    first, facts = sent(9, 0), Facts(channel="email", limits=CAP)
    ahead = msgspec.structs.replace(facts, ahead=(first,))
    held = decide(ahead, [sent(1, HOUR), sent(2, HOUR)], NOW)
    assert held == Hold(NOW + MINUTE, "what the cap marketing: 3 per 7 days leaves is for a journey that comes first")
    assert decide(ahead, [sent(1, HOUR)], NOW) == Send(), "there is room for both"
    assert decide(facts, [sent(1, HOUR), sent(2, HOUR)], NOW) == Send()


def test_what_would_be_held_beyond_its_expiry_is_refused_with_both_reasons() -> None:
    decision = decide(Facts(expires=NOW + HOUR, limits=CAP), [sent(n, HOUR) for n in range(3)], NOW)
    assert isinstance(decision, Refuse)
    assert "cap marketing: 3 per 7 days" in decision.reason
    assert "expires" in decision.reason


def test_a_cap_counts_its_channel_or_topic_only() -> None:
    limits = (Limit("sms", 1, DAY), Limit("news", 1, DAY))
    others = [sent(1, HOUR, "email", "offers")]
    assert decide(Facts(channel="sms", topic="tips", limits=limits), others, NOW) == Send()
    assert isinstance(decide(Facts(channel="sms", topic="tips", limits=limits), [sent(2, HOUR, "sms", "")], NOW), Hold)
    assert isinstance(decide(Facts(channel="email", topic="news", limits=limits), [sent(3, HOUR)], NOW), Hold)


def test_the_rate_holds_transactional_messages_too() -> None:
    assert isinstance(decide(Facts(transactional=True, free_from=NOW + 1), (), NOW), Hold)


FACTS = st.builds(
    Facts,
    expires=st.sampled_from([0, NOW, NOW + HOUR, NOW + 30 * DAY]),
    transactional=st.booleans(),
    channel=st.sampled_from(["email", "sms"]),
    topic=st.sampled_from(["", "news"]),
    reachable=st.booleans(),
    suppressed=st.sampled_from(["", "bounced"]),
    unsubscribed=st.booleans(),
    topic_agreed=st.sampled_from([None, True, False]),
    topic_default=st.booleans(),
    channel_agreed=st.sampled_from([None, True, False]),
    limits=st.lists(
        st.builds(
            Limit, st.sampled_from(["marketing", "email", "news"]), st.integers(1, 4), st.sampled_from([HOUR, DAY])
        ),
        max_size=3,
    ).map(tuple),
    free_from=st.sampled_from([0, NOW + HOUR]),
    paused=st.booleans(),
)
SENDS = st.lists(
    st.tuples(st.integers(0, 2 * DAY), st.sampled_from(["email", "sms"]), st.sampled_from(["", "news"])), max_size=12
).map(lambda rows: [sent(n, *row) for n, row in enumerate(rows)])


@given(FACTS, SENDS, st.randoms())
@settings(max_examples=400, deadline=None)
def test_laws(facts: Facts, sends: list[Sent], random: object) -> None:
    decision = decide(facts, sends, NOW)
    shuffled = list(sends)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert decide(facts, shuffled, NOW) == decision, "the order of sends does not matter"
    assert decide(facts, kept(sends, facts.limits, NOW), NOW) == decision, "what is forgotten is not missed"
    if isinstance(decision, Send):
        assert not facts.suppressed
        assert facts.reachable
        assert not facts.expires or facts.expires > NOW
        if not facts.transactional:
            assert not facts.unsubscribed
            assert facts.topic_agreed is not False or not facts.topic
            assert facts.channel_agreed is not False
            mine = Sent(b"n" * 16, NOW, facts.channel, facts.topic)
            for limit in facts.limits:
                within = [each for each in [*sends, mine] if each.time > NOW - limit.within]
                counted = [each for each in within if limit.concerns(each.channel, each.topic)]
                assert len(counted) <= limit.count or mine not in counted
    elif isinstance(decision, Hold):
        assert decision.until > NOW
        assert not facts.expires or decision.until < facts.expires
        calm = msgspec.structs.replace(facts, paused=False)
        for _ in range(20):
            later = decide(calm, sends, decision.until)
            if not isinstance(later, Hold):
                break
            assert later.until > decision.until, "each hold ends later than the one before"
            decision = later
        assert isinstance(later, Send | Refuse), "no message is held for ever"
    else:
        assert decision.reason


def test_caps_and_rates_are_read_from_settings() -> None:
    assert parse_limits({"marketing": "3 per 7 days", "sms": "1 per day"}) == (
        Limit("marketing", 3, 7 * DAY),
        Limit("sms", 1, DAY),
    )
    assert parse_rates({"sms": "10 per second"}) == {"sms": SECOND // 10}
    for text, within, times in (
        ("6 per minute", MINUTE, 6),
        ("7 per minute", MINUTE, 7),
        ("100 per second", SECOND, 100),
    ):
        every = parse_pace(text)
        assert every is not None
        assert within < times * every - SLACK < within + SECOND
    assert parse_pace("soon") is None
    for wrong in ("three a week", "0 per day", 3, "5 per", "5 per fortnight"):
        with pytest.raises(Invalid) as caught:
            parse_limits({"marketing": wrong})
        assert caught.value.problems[0].path == ("limits", "marketing")


def test_an_address_is_known_again_however_it_is_written_and_only_with_the_key() -> None:
    assert address_hash(b"k", "email", " Ada@Example.com ") == address_hash(b"k", "email", "ada@example.com")
    assert (
        len({address_hash(b"k", "email", "a"), address_hash(b"l", "email", "a"), address_hash(b"k", "sms", "a")}) == 3
    )


@pytest.mark.parametrize(("late", "wait"), [(0, MINUTE), (HOUR // 4, HOUR // 40), (DAY, 5 * MINUTE)])
def test_a_paused_journey_is_asked_again_the_later_the_longer_it_has_been(late: int, wait: int) -> None:
    for transactional in (True, False):
        held = decide(Facts(due=NOW - late, paused=True, transactional=transactional), (), NOW)
        assert held == Hold(NOW + wait, "the journey is paused")


def test_a_stopped_journey_sends_nothing_more() -> None:
    assert decide(Facts(ended="it was stopped", transactional=True), (), NOW) == Refuse("it was stopped")
