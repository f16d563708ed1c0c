"""What texts say of a company is kept with its members, beside what rules ask."""

from tidings.engine import Definitions, Workspace

BODY = {
    "segments": {"big": {"segment": "big", "rule": "company.seats > 20"}},
    "journeys": {
        "hello": {
            "version": 1,
            "status": "live",
            "document": {
                "journey": "hello",
                "trigger": {"event": "A"},
                "steps": [{"id": "mark", "set": {"plan": "{{ company.plan }}"}}, {"id": "mail", "send": "hello"}],
            },
        }
    },
    "templates": {
        "hello": {
            "version": 1,
            "text": "---\nchannel: email\nsubject: A\n---\n{{company.name | upcase}} my.company.not",
        }
    },
    "layouts": {"base": "{{ company.logo.url }} {{ content }}"},
    "snippets": {},
}


def test_rules_steps_messages_and_layouts_name_them() -> None:
    found = Definitions(Workspace(1, b"x" * 32), 1, BODY).group_attributes
    assert found == {"company": {"seats", "plan", "name", "logo"}}
