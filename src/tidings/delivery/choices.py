"""The pages on which people say what they want to receive. Each works without scripts, by keyboard and read aloud."""

from collections.abc import Iterable, Mapping
from html import escape

from tidings.delivery.page import card
from tidings.delivery.workspaces import Topic
from tidings.people.document import Agreement


def confirm(topic: str, preferences: str, head: str = "") -> str:
    """Ask before unsubscribing: mail programs and scanners open links by themselves. ``topic`` "" : everything; ``head``: HTML above."""
    what = f"<b>{escape(topic)}</b>" if topic else "<b>all</b> our messages"
    return card(
        "Unsubscribe?",
        f"<p>You will no longer receive {what}.</p>"
        '<form method="post"><div class="row"><button>Unsubscribe</button>'
        f'<a href="{escape(preferences)}">Choose what you receive</a></div></form>',
        head,
    )


def unsubscribed(topic: str, preferences: str, head: str = "") -> str:
    """Say that it is done."""
    what = f"<b>{escape(topic)}</b>" if topic else "any of our messages"
    return card(
        "You are unsubscribed",
        f'<p role="status">You will not receive {what} any more.</p>'
        f'<p class="soft small">By mistake? <a href="{escape(preferences)}">Choose what you receive</a>.</p>',
        head,
    )


def preferences(topics: Iterable[Topic], agreement: Agreement, saved: bool, head: str = "") -> str:
    """Let the person choose topics, or leave altogether."""
    note = '<p class="note" role="status">Your choices are saved.</p>' if saved else ""
    choices = "".join(_choice(topic, agrees(agreement, topic)) for topic in topics)
    if agreement.unsubscribed:
        lead = "<p>You are unsubscribed from everything.</p>"
        buttons = '<button name="all" value="on">Subscribe again</button>'
        choices = ""
    else:
        lead = '<p class="soft">Tick what you want to receive.</p>' if choices else "<p>You receive our messages.</p>"
        buttons = '<button name="all" value="keep">Save</button>' if choices else ""
        buttons += '<button class="plain" name="all" value="off">Unsubscribe from everything</button>'
    fields = f"<fieldset><legend>Topics</legend>{choices}</fieldset>" if choices else ""
    says = f'{note}{lead}<form method="post">{fields}<div class="row">{buttons}</div></form>'
    return card("What you receive", says, head)


def agrees(agreement: Agreement, topic: Topic) -> bool:
    """Whether the person receives a topic, as far as the topic goes."""
    return agreement.topics.get(topic.id, topic.default)


def chosen(form: Mapping[str, list[str]], topics: Iterable[Topic]) -> tuple[bool | None, dict[str, bool]]:
    """Read what was sent: unsubscribed from everything (None: not said), and each topic."""
    match form.get("all", ["keep"])[0]:
        case "off":
            return True, {}
        case "on":
            return False, {}
        case _:
            ticked = set(form.get("topic", []))
            return None, {topic.id: topic.id in ticked for topic in topics}


def _choice(topic: Topic, on: bool) -> str:
    about = f"<span>{escape(topic.description)}</span>" if topic.description else ""
    return (
        f'<label class="choice"><input type="checkbox" name="topic" value="{escape(topic.id)}"{" checked" if on else ""}>'
        f"<span><b>{escape(topic.name)}</b>{about}</span></label>"
    )


GONE = card("This link does not work", "<p>It may be incomplete. Open it again from the message it came in.</p>")
"""For a token that is none of ours."""
