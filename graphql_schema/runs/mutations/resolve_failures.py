"""The mutations resolveFailures and reopenFailures, for groups of failures."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import RESOLVE_FAILURES
from automate.recovery.resolutions import services
from graphql_schema.mutating import Payload, mutation
from graphql_schema.runs.failures import DEFAULT_KIND, FailureGroup, FailureKind, group_of
from graphql_schema.runs.filters import fingerprint_of


@strawberry.input
class ReopenFailuresInput:
    of: FailureKind = strawberry.field(default=DEFAULT_KIND, description="Whether runs or jobs failed.")
    fingerprint: str = strawberry.field(description="The fingerprint of the group, see failureGroups.")


@strawberry.input
class ResolveFailuresInput(ReopenFailuresInput):
    reason: str = strawberry.field(
        default="", description="What was done to resolve the group. Other people see it, and it is audited."
    )


@strawberry.type
class ReopenFailuresPayload(Payload):
    group: FailureGroup | None = strawberry.field(
        default=None, description="The group after the change. Null if the operation was refused."
    )


@strawberry.type
class ResolveFailuresPayload(ReopenFailuresPayload):
    pass


@strawberry.type
class ResolveFailures:
    @mutation(
        RESOLVE_FAILURES,
        "Mark a group of failures as resolved. Its runs do not change. If another failure of the group "
        "occurs, the group becomes REOPENED.",
    )
    def resolve_failures(self, input: ResolveFailuresInput) -> ResolveFailuresPayload:
        row = services.resolve(input.of.value, fingerprint_of(input.fingerprint), input.reason)
        return ResolveFailuresPayload(group=group_of(row))

    @mutation(
        RESOLVE_FAILURES, "Mark a group of failures as not resolved. A group that is not resolved does not change."
    )
    def reopen_failures(self, input: ReopenFailuresInput) -> ReopenFailuresPayload:
        row = services.reopen(input.of.value, fingerprint_of(input.fingerprint))
        return ReopenFailuresPayload(group=group_of(row))
