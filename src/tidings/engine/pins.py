"""What a version of a journey pins when the next one comes: its messages and functions, as they were in force last beside it.

Their content is read from that snapshot when it is sent or run. What a step must know of a message to plan it is written down with the
version, since a step reads nothing; so a run on a former version plans the same whatever became of the template since.
"""

from collections.abc import Mapping
from typing import Any, NamedTuple

from tidings import journeys
from tidings.content.template import Template
from tidings.content.template import read as read_template
from tidings.journeys.document import templates
from tidings.kernel.problems import Invalid


class Pins(NamedTuple):
    """``number``: the last definitions in which the version was the live one; ``templates``: its messages by name, as planning
    asks them."""

    number: int
    templates: Mapping[str, Template]


def pin(document: Mapping[str, Any], number: int, known: Mapping[str, Any]) -> dict[str, Any]:
    """Give what is written down with a version. ``known``: the templates in force at ``number``."""
    found = {}
    for name in dict.fromkeys(name for _, name in templates(journeys.read(document))):
        try:
            read = read_template(name, known[name]["text"], known[name].get("format", "html"))
        except (KeyError, Invalid):
            continue  # a run that comes to it is told so
        found[name] = {
            "channel": read.channel,
            "topic": read.topic,
            "marketing": read.marketing,
            "policy": read.policy,
            "expires": read.expires,
        }
    return {"number": number, "templates": found}


def read(said: Mapping[str, Any]) -> Pins:
    """Read what `pin` gave."""
    return Pins(said["number"], {name: Template(name=name, **own) for name, own in said["templates"].items()})
