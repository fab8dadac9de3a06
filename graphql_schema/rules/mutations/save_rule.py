"""The mutation saveRule."""

from __future__ import annotations

import uuid

import strawberry

from automate.configuration.shape import RuleEntry
from automate.kernel.permissions import EDIT_RULES
from automate.rules.services import save_rule
from graphql_schema.mutating import seen_revision
from graphql_schema.rules.mutations.lifecycle import RULE
from graphql_schema.rules.option_types import RuleOptionsInput
from graphql_schema.shaped import ShapeInput, input_of


@input_of(RuleEntry)
class SaveRuleInput(ShapeInput):
    options: RuleOptionsInput | None
    expected_revision: int | None = seen_revision("rule")


def _save(given: SaveRuleInput) -> uuid.UUID:
    return save_rule(**given.stored(), expected_revision=given.expected_revision)


@strawberry.type
class SaveRule:
    save_rule = RULE.saves(
        "save_rule", SaveRuleInput, _save, EDIT_RULES, "Create or change a rule. The change takes effect at once."
    )
