"""What a run leaves behind: ``bench/results.json``, and the page made of it."""

import json
import os
import platform
import time
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import msgspec

from bench.ground.figure import Figure, table

ROOT: Final = Path(__file__).parents[2]
RESULTS: Final = ROOT / "bench" / "results.json"
PAGE: Final = ROOT / "docs" / "benchmarks.md"
BEGIN: Final = "<!-- the table: written by python -m bench -->"
END: Final = "<!-- end of the table -->"


def keep(found: Mapping[str, Sequence[Figure]], claims: Sequence[str]) -> None:
    """Write down the figures of these claims, beside those of others that were measured before; all in the order of ``claims``."""
    told: dict[str, Any] = json.loads(RESULTS.read_text()) if RESULTS.exists() else {"measures": []}
    kept = [each for each in told["measures"] if each["claim"] not in found and each["claim"] in claims]
    now = time.strftime("%Y-%m-%d %H:%M UTC", time.gmtime())
    load = os.getloadavg()[1]
    for claim, figures in found.items():
        kept += [
            {"claim": claim, **msgspec.to_builtins(figure), "holds": figure.holds, "when": now, "load": round(load, 1)}
            for figure in figures
        ]
    kept.sort(key=lambda each: claims.index(each["claim"]))
    told = {
        "cores": os.cpu_count(),
        "machine": platform.machine(),
        "python": platform.python_version(),
        "measures": kept,
    }
    RESULTS.write_text(json.dumps(told, indent=1, ensure_ascii=False) + "\n")
    text = PAGE.read_text()
    head, _, rest = text.partition(BEGIN)
    PAGE.write_text(f"{head}{BEGIN}\n\n{_shown(told, claims)}\n\n{END}{rest.partition(END)[2]}")


def _shown(told: Mapping[str, Any], claims: Sequence[str]) -> str:
    """Print the table, below it which claims have no figure yet, and how each figure was measured."""
    figures = [msgspec.convert({k: v for k, v in each.items() if k in _FIELDS}, Figure) for each in told["measures"]]
    notes = [
        f"- *{each['measure']}* ({each['when']}, load of the machine over the last five minutes {each['load']}): {each['note']}"
        for each in told["measures"]
        if each["note"]
    ]
    head = f"{told['cores']} cores, {told['machine']}, Python {told['python']}, PostgreSQL from the wheel."
    return "\n".join([head, "", table(figures), "", *unmeasured(told, claims), "How each was measured:", "", *notes])


def unmeasured(told: Mapping[str, Any], claims: Sequence[str]) -> list[str]:
    """Say which claims were never measured: no lines where all were."""
    missing = [each for each in claims if each not in {found["claim"] for found in told["measures"]}]
    return [f"Not measured yet: {', '.join(f'`{each}`' for each in missing)}.", ""] if missing else []


_FIELDS: Final = frozenset(Figure.__struct_fields__)
