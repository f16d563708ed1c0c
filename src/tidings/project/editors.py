"""What an editor needs to complete and check project files: JSON Schemas, and the word which file each is for.

The files are read by yaml-language-server, so by VS Code with its YAML extension and by most other editors. They lie beside the
project and are no definitions; they are written again by the program that reads the project, so that both agree.
"""

import json
from pathlib import Path
from typing import Any, Final

from tidings import events, journeys, segments
from tidings.simulate.schema import schema

SCHEMAS: Final = ".tidings"
SETTINGS: Final = ".vscode/settings.json"


def files() -> dict[str, str]:
    """Give the text of each schema by its file within a project folder."""
    made = {"journey": journeys.schema(), "segment": segments.schema(), "event": events.schema(), "test": schema()}
    return {f"{SCHEMAS}/{name}.schema.json": _text(schema) for name, schema in made.items()}


def settings(before: str) -> str | None:
    """Give VS Code's settings of the folder with the schemas named; None where what is there can't be read (it has comments)."""
    try:
        data = json.loads(before) if before.strip() else {}
    except ValueError:
        return None
    if not isinstance(data, dict):
        return None
    named = data.get("yaml.schemas")
    own = {f"./{file}": f"{Path(file).name.partition('.')[0]}s/*.yaml" for file in files()}
    return _text({**data, "yaml.schemas": {**(named if isinstance(named, dict) else {}), **own}})


def write(folder: Path) -> list[str]:
    """Write what differs; gives the files written."""
    wanted = files()
    place = folder / SETTINGS
    with_settings = settings(place.read_text(encoding="utf-8") if place.exists() else "")
    if with_settings is not None:
        wanted[SETTINGS] = with_settings
    written = []
    for file, text in wanted.items():
        path = folder / file
        if path.exists() and path.read_text(encoding="utf-8") == text:
            continue
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
        written.append(file)
    return written


def _text(data: Any) -> str:
    return json.dumps(data, indent=2, ensure_ascii=False) + "\n"
