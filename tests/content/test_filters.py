"""Every filter, by example; a filter without one here fails the last test."""

import re

import pytest

from tests.content.rendering import show
from tidings.content.liquid.filters import FILTERS

ME = {
    "people": [{"n": "Ada", "t": "k", "a": 36}, {"n": "bob", "t": "s", "a": 5}, {"n": "Cy", "t": "k", "a": None}],
    "colors": ["red", "blue", "red"],
    "html": "Eh, what's <i>up</i>?<script>x<b></script>",
    "when": 1_226_000_000,
}

EXAMPLES = [
    ("{{ -3 | abs }}", "3"),
    ("{{ 1226000000 | add_day: 5 }} {{ 1226000000 | subtract_day: 5 }}", "1226432000 1225568000"),
    (
        "{{ '2024-01-31' | add_month: 1 | date: '%F' }} {{ '2024-03-31' | subtract_month | date: '%F' }}",
        "2024-02-29 2024-02-29",
    ),
    (
        "{{ '2024-02-29' | add_year: 1 | date: '%F' }} {{ '2024-02-29' | subtract_year: 4 | date: '%F' }}",
        "2025-02-28 2020-02-29",
    ),
    ("{{ 'a' | append: 'b' }}", "ab"),
    (
        "{{ customer.colors | array_to_sentence_string }} {{ 'a,b' | split: ',' | array_to_sentence_string: 'or' }}",
        "red, blue, and red a or b",
    ),
    ("{{ 41 | at_least: 42 }} {{ 43 | at_most: 42 }}", "42 42"),
    ("{{ 'Tea?' | base64 }} {{ 'Tea?' | base64_encode }} {{ 'VGVhPw==' | base64_decode }}", "VGVhPw== VGVhPw== Tea?"),
    ("{{ 'a?>' | base64_url_safe_encode }} {{ 'YT8-' | base64_url_safe_decode }}", "YT8- a?>"),
    ("{{ 'hello WORLD' | capitalize }}", "Hello world"),
    ("{{ 4.1 | ceil }} {{ 4.9 | floor }}", "5 4"),
    ("{{ 'overview: account' | cgi_escape }}", "overview%3A+account"),
    ("{{ customer.people | map: 'a' | compact | join: ',' }}", "36,5"),
    ("{{ 'a,b' | split: ',' | concat: customer.colors | join: ' ' }}", "a b red blue red"),
    ("{{ 'abc' | contains: 'b' }} {{ customer.colors | contains: 'green' }}", "true false"),
    (
        "{{ 1234567.896 | currency }} {{ 1234567.896 | currency: 'en-GB' }} {{ 1234567.896 | currency: 'en', 'EUR' }}",
        "$1,234,567.90 £1,234,567.90 €1,234,567.90",
    ),
    (
        "{{ customer.when | date: '%H:%M, %a, %b %-d, %Y' }} {{ customer.when | date: '%H:%M %Z', 'America/New_York' }}",
        "19:33, Thu, Nov 6, 2008 14:33 EST",
    ),
    (
        "{{ '2016-04-28T18:00:00+02:00' | date: '%s %z' }} {{ 'now' | date: '%F' }} {{ 'soon' | date: '%F' }}",
        "1461859200 +0200 2023-11-14 soon",
    ),
    (
        "{{ customer.when | date: '%P %p %e %j %^a %y %I %l %L %N %% %Q' }}",
        "pm PM  6 311 THU 08 07  7 000 000000000 % %Q",
    ),
    (
        "{{ '2008-11-07' | date_to_long_string }} {{ '2008-11-07' | date_to_long_string: 'ordinal', 'US' }}",
        "07 November 2008 November 7th, 2008",
    ),
    ("{{ '2008-11-07' | date_to_string }} {{ '2008-11-22' | date_to_string: 'ordinal' }}", "07 Nov 2008 22nd Nov 2008"),
    (
        "{{ '2008-11-07' | date_to_rfc822 }} {{ '2008-11-07' | date_to_xmlschema }}",
        "Fri, 07 Nov 2008 00:00:00 +0000 2008-11-07T00:00:00+00:00",
    ),
    (
        "{{ customer.gone | default: 2.99 }} {{ false | default: 1 }} {{ false | default: 1, allow_false: true }}",
        "2.99 1 false",
    ),
    ("{{ 20 | divided_by: 7 }} {{ 20 | divided_by: 7.0 | round: 3 }}", "2 2.857"),
    ("{{ 'ABC' | downcase }} {{ 'abc' | upcase }}", "abc ABC"),
    ("{{ '1 < 2 & 3' | escape }} {{ '1 &lt; 2 & 3' | escape_once }}", "1 &lt; 2 &amp; 3 1 &lt; 2 &amp; 3"),
    ("{{ '<' | xml_escape }} {{ '<' | htmlencode }}", "&lt; &lt;"),
    (
        "{% assign x = customer.people | find: 't', 's' %}{{ x.n }} {{ customer.people | find_index: 't', 's' }}",
        "bob 1",
    ),
    ("{% assign x = customer.people | find_exp: 'p', 'p.a == 5' %}{{ x.n }}", "bob"),
    ("{{ customer.colors | first }} {{ customer.colors | last }}", "red red"),
    ("{{ 10000 | format_number }} {{ 123456.78 | format_number: 'de' }}", "10,000 123.456,78"),
    ("{% assign x = '{\"a\": [1, 2.5]}' | from_json %}{{ x.a[1] }}", "2.5"),
    (
        "{% assign g = customer.people | group_by: 't' %}{% for x in g %}{{ x.name }}{{ x.size }}{{ x.items.first.n }} {% endfor %}",
        "k2Ada s1bob ",
    ),
    (
        "{% assign g = customer.people | group_by_exp: 'p', 'p.a > 10' %}{% for x in g %}{{ x.name }}{{ x.size }} {% endfor %}",
        "true1 false2 ",
    ),
    ("{{ customer.people | has: 'a', 5 }}", "true"),
    ("{{ '4f' | hex_base64 }}", "Tw=="),
    ("{{ 'Customer.io' | hmac_sha256: 'k' | size }} {{ 'a' | hmac_sha1: 'k' | size }}", "64 40"),
    ("{{ customer.colors | join: '+' }}", "red+blue+red"),
    ("{{ customer.colors | json }} {{ customer.colors | to_json: 1 | size }}", '["red","blue","red"] 27'),
    ("{{ customer.people | json_array_uniq: 't' | size }}", "2"),
    ("{{ customer.colors | limit: 2 | join }}", "red blue"),
    ("{{ '  a ' | lstrip }}|{{ ' a ' | rstrip }}|{{ ' a ' | strip }}", "a | a|a"),
    ("{{ 'a' | md5 | size }} {{ 'a' | sha1 | size }} {{ 'a' | sha256 | slice: 0, 8 }}", "32 40 ca978112"),
    ("{{ 5 | minus: 2.5 }} {{ 5 | plus: '2' }} {{ 3 | times: 4 }} {{ -3 | modulo: 5 }}", "2.5 7 12 2"),
    ("{{ 'a\nb' | newline_to_br }} {{ 'a\nb' | strip_newlines }}", "a<br />\nb ab"),
    ("{{ 'a \n b' | normalize_whitespace }} {{ ' a  b ' | squish }}", "a b a b"),
    ("{{ 'one two  three' | number_of_words }}", "3"),
    ("{{ 1 | pluralize: 'item', 'items' }} {{ 3 | pluralize: 'item' }}", "1 item 3 items"),
    ("{{ customer.colors | pop | join }} {{ customer.colors | shift: 2 | join }}", "red blue red"),
    ("{{ customer.colors | push: 'x' | unshift: 'y' | join }}", "y red blue red x"),
    ("{{ 'b' | prepend: 'a' }}", "ab"),
    ("{{ 1 | random }} {{ 5 | random: 4 }}", "0 4"),
    ("{{ '<' | raw }}{{ '<' | safe }}", "<<"),
    ("{{ customer.people | reject: 't', 'k' | map: 'n' }}", "bob"),
    ("{{ 'abcabc' | remove: 'b' }} {{ 'abab' | remove_first: 'b' }} {{ 'abab' | remove_last: 'a' }}", "acac aab abb"),
    ("{{ customer.colors | remove: 'red' | join }}", "blue"),
    (
        "{{ 'aXa' | replace: 'a', 'b' }} {{ 'aa' | replace_first: 'a', 'b' }} {{ 'aa' | replace_last: 'a', 'b' }}",
        "bXb ba ab",
    ),
    ("{{ customer.colors | reverse | join }}", "red blue red"),
    ("{{ 4.36 | round: 1 }} {{ 4.5 | round }}", "4.4 5"),
    ("{{ 1234567.896 | rounded_currency: 'en', 'EUR' }}", "€1,234,568"),
    ("{{ 'Ada' | size }} {{ 5 | size }}", "3 0"),
    ("{{ 'Customer.io' | slice: 3, 3 }} {{ 'Customer.io' | slice: '-4', 3 }} {{ 'ab' | slice: 5 }}", "tom r.i "),
    ("{{ 'Hällo, Wörld!' | slugify }} {{ 'Hällo' | slugify: 'ascii' }}", "hällo-wörld hallo"),
    (
        "{{ customer.people | sort: 'a' | map: 'n' | join }} {{ 'b,A,c' | split: ',' | sort | join }}",
        "bob Ada Cy A b c",
    ),
    ("{{ 'b,A,c' | split: ',' | sort_natural | join }}", "A b c"),
    ("{{ 'a b c' | split: ' ' | size }} {{ 'abc' | split: '' | join: '-' }}", "3 a-b-c"),
    ("{{ customer.html | strip_html }}", "Eh, what's up?"),
    ("{{ customer.people | sum: 'a' }}", "41"),
    (
        "{{ customer.when | timezone: 'Asia/Tokyo' | date: '%H:%M' }} {{ customer.when | timezone: -480 | date: '%z' }}",
        "04:33 +0800",
    ),
    ("{{ 'wHAT is this' | titlecase }}", "What Is This"),
    ("{{ 'I knew I shoulda taken' | truncate: 10 }} {{ 'abcdef' | truncate: 4, '' }}", "I knew ... abcd"),
    ("{{ 'a b c d' | truncatewords: 2 }}", "a b..."),
    ("{{ customer.colors | uniq | join }}", "red blue"),
    ("{{ 'https://x.example/?q=a b' | uri_escape }}", "https://x.example/?q=a%20b"),
    ("{{ 'a b@c' | url_encode }} {{ '%27a+b%27' | url_decode }}", "a+b%40c 'a b'"),
    ("{{ customer.people | where: 't', 'k' | map: 'n' | join }} {{ customer.people | where: 'a' | size }}", "Ada Cy 2"),
    ("{{ customer.people | where_not: 't', 'k' | map: 'n' | join }}", "bob"),
    ("{{ customer.people | where_exp: 'p', \"p.a > 10 and p.t == 'k'\" | map: 'n' | join }}", "Ada"),
]


@pytest.mark.parametrize(("source", "shown"), EXAMPLES)
def test_gives(source: str, shown: str) -> None:
    assert show(source, customer=ME) == shown


def test_every_filter_has_an_example() -> None:
    used = set(re.findall(r"\|\s*([a-z_0-9]+)", " ".join(source for source, _ in EXAMPLES)))
    assert set(FILTERS) - used == set()
