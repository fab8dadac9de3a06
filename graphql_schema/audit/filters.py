"""The filter of a list of audit entries."""

from __future__ import annotations

from datetime import datetime

import strawberry

from automate.audit.choices import PrincipalKind
from automate.audit.queries import EntriesFilter
from graphql_schema.ids import parse_global_id


@strawberry.input
class AuditEntryFilter:
    actor_kinds: list[PrincipalKind] | None = strawberry.field(
        default=None, description="Acts of any of these kinds of callers."
    )
    actor: str | None = strawberry.field(default=None, description="An actor's id, as in `AuditActor.id`.")
    actions: list[str] | None = strawberry.field(
        default=None,
        description="Exact actions, such as workflow.publish, or all actions about one kind of object, such as "
        "workflow.*",
    )
    object_kind: str | None = strawberry.field(default=None, description="The kind of the object, such as workflow.")
    object: strawberry.ID | None = strawberry.field(default=None, description="The object's global id, or its UUID.")
    since: datetime | None = strawberry.field(default=None, description="Recorded at this time or later.")
    before: datetime | None = strawberry.field(default=None, description="Recorded before this time.")

    def rows(self) -> EntriesFilter:
        return EntriesFilter(
            actor_kinds=tuple(kind.value for kind in self.actor_kinds) if self.actor_kinds is not None else None,
            actor_id=_stored(self.actor),
            actions=tuple(self.actions) if self.actions is not None else None,
            object_kind=self.object_kind,
            object_id=_stored(self.object),
            since=self.since,
            until=self.before,
        )


def _stored(given: str | None) -> str | None:
    # A global id becomes its UUID.
    parsed = parse_global_id(given) if given is not None else None
    return str(parsed[1]) if parsed is not None else given
