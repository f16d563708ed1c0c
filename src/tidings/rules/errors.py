"""What a faulty rule raises."""

from tidings.kernel.problems import Invalid, Problem


class RuleError(Invalid):
    """A rule that cannot be read or run; its problems carry line and column (from text) or path (from a tree)."""


def fault(message: str, hint: str = "", line: int = 0, column: int = 0, path: tuple[str | int, ...] = ()) -> RuleError:
    """Make the error of one problem."""
    return RuleError([Problem(message, hint, path, line=line, column=column)])
