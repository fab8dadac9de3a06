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
from graphql_schema.shaped import ShapeInput, input_of


@input_of(RuleEntry)
class SaveRuleInput(ShapeInput):
    options: RuleOptionsInput | None
    expected_revision: int | None = seen_revision("rule")


@strawberry.type
class SaveRulePayload(Payload):
    rule: RuleSpec | None = None


@strawberry.type
class SaveRule:
    @mutation(EDIT_RULES, "Create or change a rule. The change takes effect at once.")
    def save_rule(self, input: SaveRuleInput) -> SaveRulePayload:
        row_id = save_rule(**input.stored(), expected_revision=input.expected_revision)
        return SaveRulePayload(rule=rule_of(rules_by_id([row_id])[row_id]))
