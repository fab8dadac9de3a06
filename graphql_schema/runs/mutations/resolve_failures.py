"""resolveFailures and reopenFailures: say that a group of failures is dealt with, or take that back."""

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
    reason: str = strawberry.field(default="", description="What was done about it; for other people and the audit.")


@strawberry.type
class ResolveFailuresPayload:
    group: FailureGroup | None = strawberry.field(
        default=None, description="The group as it stands; null where it was refused."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.input
class ReopenFailuresInput:
    of: FailureKind = strawberry.field(default=DEFAULT_KIND, description="Whether runs or jobs failed.")
    fingerprint: str = strawberry.field(description="The fingerprint of the group, see failureGroups.")


@strawberry.type
class ReopenFailuresPayload:
    group: FailureGroup | None = strawberry.field(
        default=None, description="The group as it stands; null where it was refused."
    )
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class ResolveFailures:
    @strawberry.mutation(
        extensions=[Requires(RESOLVE_FAILURES)],
        description="Mark a group of failures as resolved. It is REOPENED by its next failure. Its runs stay as they are.",
    )
    @refusals_in(ResolveFailuresPayload)
    def resolve_failures(self, info: Info, input: ResolveFailuresInput) -> ResolveFailuresPayload:  # noqa: A002 - Relay's word
        row = services.resolve(input.of.value, fingerprint_of(input.fingerprint), input.reason)
        return planned(info, ResolveFailuresPayload(group=group_of(row)))

    @strawberry.mutation(
        extensions=[Requires(RESOLVE_FAILURES)],
        description="Take the resolution of a group of failures back. A group without one stays open.",
    )
    @refusals_in(ReopenFailuresPayload)
    def reopen_failures(self, info: Info, input: ReopenFailuresInput) -> ReopenFailuresPayload:  # noqa: A002 - Relay's word
        row = services.reopen(input.of.value, fingerprint_of(input.fingerprint))
        return planned(info, ReopenFailuresPayload(group=group_of(row)))
