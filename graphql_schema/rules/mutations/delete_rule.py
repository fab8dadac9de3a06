"""The mutation deleteRule."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import EDIT_RULES
from automate.rules.services import delete_rule
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.ids import global_id
from graphql_schema.permissions import Requires


@strawberry.input
class DeleteRuleInput:
    rule: str = strawberry.field(description="The rule's slug.")
    expected_revision: int | None = strawberry.field(
        default=None,
        description="The revision that you have seen. The deletion is refused if the rule has changed since. Null "
        "skips this check.",
    )


@strawberry.type
class DeleteRulePayload:
    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of the deleted rule.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class DeleteRule:
    @strawberry.mutation(
        extensions=[Requires(EDIT_RULES)],
        description="Delete a rule. It starts no run from then on. Its decisions and runs stay, and queued runs "
        "continue. Open waits of its debounce or absence options end without a run. A paused rule must "
        "be resumed before it is deleted.",
    )
    @refusals_in(DeleteRulePayload)
    def delete_rule(self, input: DeleteRuleInput) -> DeleteRulePayload:  # noqa: A002 - Relay's word
        row_id = delete_rule(input.rule, expected_revision=input.expected_revision)
        return DeleteRulePayload(deleted_id=strawberry.ID(global_id("RuleSpec", row_id)))
