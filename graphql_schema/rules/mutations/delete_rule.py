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
        default=None, description="The revision that you have seen; null deletes any."
    )


@strawberry.type
class DeleteRulePayload:
    deleted_id: strawberry.ID | None = strawberry.field(default=None, description="The id of the deleted rule.")
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class DeleteRule:
    @strawberry.mutation(
        extensions=[Requires(EDIT_RULES)],
        description="Delete a rule. No run starts by it after the answer. Its decisions and runs stay, and its queued runs continue. "
        "Its open debounces and absences end without a run. Resume a paused rule before you delete it.",
    )
    @refusals_in(DeleteRulePayload)
    def delete_rule(self, input: DeleteRuleInput) -> DeleteRulePayload:  # noqa: A002 - Relay's word
        row_id = delete_rule(input.rule, expected_revision=input.expected_revision)
        return DeleteRulePayload(deleted_id=strawberry.ID(global_id("RuleSpec", row_id)))
