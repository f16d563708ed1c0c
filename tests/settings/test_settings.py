"""Settings are read from the environment and .env, and a fault names the setting, what is wrong, and a right example."""

from pathlib import Path

import pytest

from tidings.kernel.problems import Invalid
from tidings.settings import SETTINGS, Settings, load, secrets


def faults(environment: dict[str, str], dotenv: Path | None = None) -> str:
    with pytest.raises(Invalid) as caught:
        load(environment, dotenv)
    return str(caught.value)


def test_nothing_given_gives_the_defaults_the_page_states() -> None:
    assert load({}, None) == Settings()
    others = ("url", "assets_url")  # what they are without it follows from other settings
    stated = {s.name: s.default for s in SETTINGS if s.default and s.field not in others}
    assert load(stated, None) == Settings()


def test_examples_are_right() -> None:
    for setting in SETTINGS:
        load({setting.name: setting.example}, None)


def test_environment_wins_over_file(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text(
        "# ours\nexport TIDINGS_PORT=9000\nTIDINGS_HOST=\"0.0.0.0\" # all\nTIDINGS_SECRET_FCM='a # b'\nOTHER=1\n"
    )
    assert load({}, file).port == 9000
    settings = load({"TIDINGS_PORT": "9001"}, file)
    assert (settings.port, settings.host, settings.url) == (9001, "0.0.0.0", "http://127.0.0.1:9001")


def test_url_loses_its_last_slash() -> None:
    assert load({"TIDINGS_URL": "https://t.example.com/x/"}, None).url == "https://t.example.com/x"


@pytest.mark.parametrize(
    ("name", "value", "said"),
    [
        ("TIDINGS_PORT", "70000", "'70000' is not a whole number from 1 to 65535"),
        ("TIDINGS_PORT", "eighty", "not a whole number"),
        ("TIDINGS_DATABASE_URL", "mysql://db/x", "is no address of a PostgreSQL"),
        ("TIDINGS_DATABASE_URL", "postgresql://db", "names no database"),
        ("TIDINGS_DEVELOPMENT", "maybe", "neither yes nor no"),
        ("TIDINGS_URL", "tidings.example.com", "is no web address"),
        ("TIDINGS_HOST", "not an address", "no address to listen on"),
        ("TIDINGS_LOG_LEVEL", "loud", "none of debug"),
    ],
)
def test_fault_names_setting_fault_and_example(name: str, value: str, said: str) -> None:
    text = faults({name: value})
    assert name in text
    assert said in text
    assert f"write for example {name}=" in text


def test_secrets_are_never_printed() -> None:
    assert "hunter2" not in faults({"TIDINGS_DATABASE_URL": "mysql://me:hunter2@db/x"})


def test_unknown_setting_is_an_error_with_the_nearest_name(tmp_path: Path) -> None:
    assert "did you mean `TIDINGS_DATABASE_URL`?" in faults({"TIDINGS_DATABSE_URL": "postgresql://a/b"})
    file = tmp_path / ".env"
    file.write_text("\nTIDINGS_PROT=1\n")
    text = faults({}, file)
    assert f"{file}:2:1" in text
    assert "did you mean `TIDINGS_PORT`?" in text


def test_all_faults_come_at_once() -> None:
    assert len(faults({"TIDINGS_PORT": "x", "TIDINGS_BATCH": "0", "TIDINGS_NOTHING": "1"}).splitlines()) == 3


def test_secrets_are_listed_by_workspace() -> None:
    said = "shop: TIDINGS_SECRET_SMTP, CRM_*; eu : TIDINGS_SECRET_EU; shop: TIDINGS_SECRET_SMS;"
    found = load({"TIDINGS_WORKSPACE_SECRETS": said}, None).workspace_secrets
    assert found == {"shop": ("TIDINGS_SECRET_SMTP", "CRM_*", "TIDINGS_SECRET_SMS"), "eu": ("TIDINGS_SECRET_EU",)}


@pytest.mark.parametrize(
    ("said", "fault"),
    [
        ("TIDINGS_SECRET_SMTP", "is no list of workspaces"),
        ("shop:", "is no list of workspaces"),
        ("shop: *", "names *, which is no variable"),
        ("shop: TIDINGS_*", "names TIDINGS_*, where settings of the installation are"),
        ("shop: TI*", "names TI*, where settings"),
        ("shop: TIDINGS_KEY", "names TIDINGS_KEY, where settings"),
    ],
)
def test_a_list_of_secrets_can_give_no_setting_away(said: str, fault: str) -> None:
    assert fault in faults({"TIDINGS_WORKSPACE_SECRETS": said})


def test_line_that_is_no_setting_is_named(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text("TIDINGS_PORT 80\n")
    assert f"{file}:1:1: this line is no setting" in faults({}, file)


def test_secrets_of_the_file_stand_behind_those_of_the_environment(tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_text('TIDINGS_SECRET_SMTP="a b"\nTIDINGS_SECRET_SMS=old\nTIDINGS_PORT=81\n')
    found = secrets({"TIDINGS_SECRET_SMS": "new", "TWILIO": "x"}, file)
    assert found == {"TIDINGS_SECRET_SMTP": "a b", "TIDINGS_SECRET_SMS": "new", "TWILIO": "x"}
