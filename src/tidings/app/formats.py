"""The stored formats this program writes, each with its number; the database remembers the newest ever written."""

from typing import Final

from tidings.kernel import records
from tidings.people import document

FORMATS: Final = {"record": records.FORMAT, "person": document.FORMAT}
