"""The mutation saveRule."""

from __future__ import annotations

import strawberry

from automate.configuration.shape import RuleEntry
from automate.kernel.permissions import EDIT_RULES
from automate.rules.queries import rules_by_id
from automate.rules.services import save_rule
from graphql_schema.mutating import Payload, mutation, seen_revision
from graphql_schema.rules.option_types import RuleOptionsInput
from graphql_schema.rules.types import RuleSpec, rule_of
from graphql_schema.scalars import JSON
from graphql_schema.shaped import mirrors


@mirrors(RuleEntry)
@strawberry.input
class SaveRuleInput:
    slug: str
    name: str = strawberry.field(description="The name that people see.")
    workflow: str = strawberry.field(description="The slug of the workflow that a match starts.")
    when: JSON = strawberry.field(
        description="The condition, in JsonLogic over type, source, subject, payload, headers and occurred_at."
    )
    enabled: bool | None = strawberry.field(
        default=None, description="Whether the rule matches events. Null keeps the stored value. A new rule is enabled."
    )
    priority: int = strawberry.field(default=0, description="Rules with a higher priority are matched first.")
    options: RuleOptionsInput | None = strawberry.field(
        default=None,
        description="How often, and when, matches start runs. Null keeps the stored options. An empty object "
        "removes them.",
    )
    expected_revision: int | None = seen_revision("rule")


@strawberry.type
class SaveRulePayload(Payload):
    rule: RuleSpec | None = None


@strawberry.type
class SaveRule:
    @mutation(EDIT_RULES, "Create or change a rule. The change takes effect at once.")
    def save_rule(self, input: SaveRuleInput) -> SaveRulePayload:
        row_id = save_rule(
            slug=input.slug,
            name=input.name,
            workflow=input.workflow,
            when=input.when,
            expected_revision=input.expected_revision,
            enabled=input.enabled,
            priority=input.priority,
            options=input.options.stored() if input.options is not None else None,
        )
        return SaveRulePayload(rule=rule_of(rules_by_id([row_id])[row_id]))
