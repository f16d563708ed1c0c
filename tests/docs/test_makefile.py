"""The Makefile, with programs in the place of Python that only say what they were asked."""

import subprocess
from pathlib import Path

import pytest

from tests.docs.pages import ROOT

MAKES = """#!/bin/sh
test "$*" = "-m venv .venv" || exit 0
mkdir -p .venv/bin && printf '#!/bin/sh\\nexit 0\\n' > .venv/bin/python && chmod +x .venv/bin/python
"""


@pytest.mark.parametrize(
    ("there", "kept"),
    [
        ("exit 0", True),
        ("exit 1", False),  # the Python it was made of is gone
        ('case "$*" in *version_info*) exit 1;; esac', False),  # made by an older Python
    ],
)
def test_an_environment_that_does_not_fit_is_made_anew(tmp_path: Path, there: str, kept: bool) -> None:
    for name in ("Makefile", "requirements.lock", "pyproject.toml"):
        (tmp_path / name).write_bytes((ROOT / name).read_bytes())
    (tmp_path / ".venv" / "bin").mkdir(parents=True)
    for path, text in ((tmp_path / ".venv" / "bin" / "python", f"#!/bin/sh\n{there}\n"), (tmp_path / "new", MAKES)):
        path.write_text(text)
        path.chmod(0o755)
    left = tmp_path / ".venv" / "left"
    left.write_text("")
    for _ in range(2):
        done = subprocess.run(
            ["make", ".venv/.installed", f"PYTHON={tmp_path / 'new'}"], cwd=tmp_path, capture_output=True, text=True
        )
        assert done.returncode == 0, done.stderr
        assert (tmp_path / ".venv" / ".installed").read_text().strip() == str(tmp_path)
        assert left.exists() == kept
