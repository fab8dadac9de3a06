"""The mutations resolveFailures and reopenFailures, for groups of failures."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import RESOLVE_FAILURES
from automate.recovery.resolutions import services
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.runs.failures import DEFAULT_KIND, FailureGroup, FailureKind, group_of
from graphql_schema.runs.filters import fingerprint_of


@strawberry.input
class ResolveFailuresInput:
    of: FailureKind = strawberry.field(default=DEFAULT_KIND, description="Whether runs or jobs failed.")
    fingerprint: str = strawberry.field(description="The fingerprint of the group, see failureGroups.")
    reason: str = strawberry.field(
        default="", description="What was done to resolve the group. Other people see it, and it is audited."
    )


@strawberry.type
class ResolveFailuresPayload:
    group: FailureGroup | None = strawberry.field(
        default=None, description="The group after the change. Null if the operation was refused."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.input
class ReopenFailuresInput:
    of: FailureKind = strawberry.field(default=DEFAULT_KIND, description="Whether runs or jobs failed.")
    fingerprint: str = strawberry.field(description="The fingerprint of the group, see failureGroups.")


@strawberry.type
class ReopenFailuresPayload:
    group: FailureGroup | None = strawberry.field(
        default=None, description="The group after the change. Null if the operation was refused."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class ResolveFailures:
    @strawberry.mutation(
        extensions=[Requires(RESOLVE_FAILURES)],
        description="Mark a group of failures as resolved. Its runs do not change. If another failure of the group "
        "occurs, the group becomes REOPENED.",
    )
    @refusals_in(ResolveFailuresPayload)
    def resolve_failures(self, info: Info, input: ResolveFailuresInput) -> ResolveFailuresPayload:  # noqa: A002 - Relay's word
        row = services.resolve(input.of.value, fingerprint_of(input.fingerprint), input.reason)
        return planned(info, ResolveFailuresPayload(group=group_of(row)))

    @strawberry.mutation(
        extensions=[Requires(RESOLVE_FAILURES)],
        description="Mark a group of failures as not resolved. A group that is not resolved does not change.",
    )
    @refusals_in(ReopenFailuresPayload)
    def reopen_failures(self, info: Info, input: ReopenFailuresInput) -> ReopenFailuresPayload:  # noqa: A002 - Relay's word
        row = services.reopen(input.of.value, fingerprint_of(input.fingerprint))
        return planned(info, ReopenFailuresPayload(group=group_of(row)))
