"""``group: company`` with an event or an attribute: what happens to a group lets its members in, all or some of them."""

from collections.abc import Mapping
from functools import cached_property
from typing import Any, ClassVar, Self

from tidings import rules
from tidings.journeys.base import Starter
from tidings.journeys.condition import Condition
from tidings.journeys.form import Field, Form
from tidings.journeys.reading import Reader
from tidings.journeys.triggers.attribute import Kind as Attribute


class Kind(Starter, frozen=True, dict=True):
    """``type``: of the group. Either ``event`` with ``where``, or ``attribute``. ``members``: which of them; asked with this group alone in
    sight. None: all."""

    key: ClassVar[str] = "group"
    form: ClassVar[Form] = Form(
        "Something happens to a group",
        "An event of a member, or a changed attribute of the group, lets all its members in, or some of them.",
        (
            Field("group", "text", "Type of group", required=True, example="company"),
            Field("event", "event", "Event", "Of any member, about this group.", example="Plan Upgraded"),
            Field("where", "where", "Only where", "A rule about the event's own properties.", example='plan = "team"'),
            Field("attribute", "text", "Attribute", "Of the group, where it is no event.", example="plan"),
            *(field for field in Attribute.form.fields if field.key in ("from", "to")),
            Field(
                "members",
                "rule",
                "Which members",
                "All, if left out.",
                example='in group company where relation.role = "admin"',
            ),
        ),
    )
    type: str
    event: str = ""
    where: Condition | None = None
    attribute: Attribute | None = None
    members: Condition | None = None

    @classmethod
    def read(cls, reader: Reader) -> Self:
        """Read ``group`` and either ``event`` and ``where`` or ``attribute``, ``from`` and ``to``; and ``members``."""
        reader.only((field.key for field in cls.form.fields), "a group trigger")
        type = reader.text("group", example="company")
        members = reader.condition("members")
        if members is not None and members.since_entry:
            reader.problem(
                "`since entry` has no meaning before the person has entered",
                "give a window: `within 30 days`",
                "members",
            )
        if ("event" in reader.data) == ("attribute" in reader.data):
            reader.problem(
                "a group trigger names either an event or an attribute",
                "write below `group:` for example `event: Plan Upgraded`, or `attribute: plan`",
            )
            return cls(type, members=members)
        if "event" in reader.data:
            for key in ("from", "to"):
                if key in reader.data:
                    reader.problem(f"`{key}` goes with `attribute`", "write `where` for an event", key)
            where = reader.condition("where", over_event=True)
            return cls(type, reader.text("event", example="Plan Upgraded"), where, None, members)
        if "where" in reader.data:
            reader.problem("`where` goes with `event`", "write `from` and `to` for an attribute", "where")
        chosen = {key: value for key, value in reader.data.items() if key in ("attribute", "from", "to")}
        return cls(type, "", None, Attribute.read(Reader(chosen, reader.path, reader.problems)), members)

    def write(self) -> dict[str, Any]:
        """Write the fields."""
        data: dict[str, Any] = {"group": self.type}
        if self.attribute is not None:
            data |= self.attribute.write()
        else:
            data["event"] = self.event
        if self.where is not None:
            data["where"] = self.where.text
        if self.members is not None:
            data["members"] = self.members.text
        return data

    def group(self) -> str:
        """Its type."""
        return self.type

    def said(self) -> tuple[tuple[str, str], ...]:
        """The event, where it is one."""
        return (("track", self.event),) if self.event else ()

    def rules(self) -> tuple[Condition, ...]:
        """Which members; asked when it has happened."""
        return () if self.members is None else (self.members,)

    @cached_property
    def _matches(self) -> Any:
        return rules.compile_where(self.where.rule) if self.where is not None else None

    def befalls(
        self, event: str, properties: Mapping[str, Any], before: Mapping[str, Any], after: Mapping[str, Any]
    ) -> bool:
        """Whether it is this event, or this change."""
        if self.attribute is not None:
            return not event and self.attribute.changed(before, after)
        return event == self.event and (self._matches is None or bool(self._matches(properties)))

    def says(self) -> str:
        """The trigger in words."""
        what = self.attribute.says() if self.attribute is not None else f'"{self.event}"'
        where = f" where {self.where.text}" if self.where else ""
        some = f" for members with {self.members.text}" if self.members else ""
        return f"{what}{where} of their {self.type}{some}"
