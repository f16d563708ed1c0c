"""What guards a password in earnest; within the suite itself it is made cheap (`tests/conftest.py`)."""

import subprocess
import sys

SAID = """
import asyncio
from tidings.teams import password

async def said():
    stored = await password.hashed("correct horse battery")
    print(stored)
    print([await password.is_right(kept, given) for kept in (stored, None, "") for given in ("correct horse battery", "wrong")])
    print(await password.hashed("correct horse battery") != stored)

asyncio.run(said())
"""


def test_a_password_is_kept_as_argon2id_at_the_cost_it_should_have() -> None:
    stored, right, salted = subprocess.run(
        [sys.executable, "-c", SAID], capture_output=True, text=True, check=True, timeout=60
    ).stdout.splitlines()
    assert stored.startswith("$argon2id$v=19$m=65536,t=3,p=4$")
    assert right == "[True, False, False, False, False, False]"
    assert salted == "True"
