"""Why a person is, was or is not in a journey, with the refusal that an unknown one gets over HTTP."""

from collections.abc import Sequence

from tidings.api.manage import Refusal
from tidings.database.access import Workspace
from tidings.database.pool import Connection
from tidings.engine.why import Why
from tidings.kernel.problems import Invalid
from tidings.people.document import Person
from tidings.project import explain


async def explained(
    connection: Connection, workspace: Workspace, who: Person, ids: Sequence[bytes], journey: str
) -> Why:
    """Explain; ``ids``: under which their history stands. Raises `Refusal` for an unknown journey."""
    try:
        return await explain.journey(connection, workspace, who, ids, journey)
    except Invalid as error:
        raise Refusal(404, error.problems[0].message, error.problems[0].hint) from None
