"""The mutation resumeRule."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import PAUSE_RULES
from automate.recovery.holds import resume_rule
from automate.rules.queries import rules_by_id
from graphql_schema.context import Info
from graphql_schema.errors import ErrorAnswer, refusals_in
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned
from graphql_schema.rules.types import RuleSpec, rule_of


@strawberry.input
class ResumeRuleInput:
    rule: str = strawberry.field(description="The rule's slug.")


@strawberry.type
class ResumeRulePayload:
    rule: RuleSpec | None = None
    errors: list[ErrorAnswer] = strawberry.field(default_factory=list)


@strawberry.type
class ResumeRule:
    @strawberry.mutation(
        extensions=[Requires(PAUSE_RULES)],
        description="Resume a rule. Its waiting runs begin, and so do further runs.",
    )
    @refusals_in(ResumeRulePayload)
    def resume_rule(self, info: Info, input: ResumeRuleInput) -> ResumeRulePayload:  # noqa: A002 - Relay's word
        row_id = resume_rule(input.rule)
        return planned(info, ResumeRulePayload(rule=rule_of(rules_by_id([row_id])[row_id])))
