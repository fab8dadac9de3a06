"""The mutation pauseRule."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PAUSE_RULES
from automate.recovery.holds import pause_rule
from automate.rules.queries import rules_by_id
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.rules.types import RuleSpec, rule_of


@strawberry.input
class PauseRuleInput:
    rule: str = strawberry.field(description="The rule's slug.")
    reason: str = strawberry.field(description="The reason, for the audit record.")


@strawberry.type
class PauseRulePayload:
    rule: RuleSpec | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class PauseRule:
    @strawberry.mutation(
        extensions=[Requires(PAUSE_RULES)],
        description="Pause a rule. It still matches events, but its runs wait to begin. Unlike with `enabled: "
        "false`, no run is lost.",
    )
    @refusals_in(PauseRulePayload)
    def pause_rule(self, info: Info, input: PauseRuleInput) -> PauseRulePayload:  # noqa: A002 - Relay's word
        row_id = pause_rule(input.rule, input.reason)
        return planned(info, PauseRulePayload(rule=rule_of(rules_by_id([row_id])[row_id])))
