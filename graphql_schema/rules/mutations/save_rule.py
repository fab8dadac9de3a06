"""The mutation saveRule."""

from __future__ import annotations

import uuid

import strawberry

from automate.configuration.shape import RuleEntry
from automate.kernel.permissions import EDIT_RULES
from automate.rules.services import save_rule
from graphql_schema.json_text import json_of
from graphql_schema.mutating import seen_revision
from graphql_schema.rules.mutations.lifecycle import RULE
from graphql_schema.rules.option_types import RuleOptionsInput
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


def _save(given: SaveRuleInput) -> uuid.UUID:
    return save_rule(
        slug=given.slug,
        name=given.name,
        workflow=given.workflow,
        when=json_of(given.when),
        expected_revision=given.expected_revision,
        enabled=given.enabled,
        priority=given.priority,
        options=given.options.stored() if given.options is not None else None,
    )


@strawberry.type
class SaveRule:
    save_rule = RULE.saves(
        "save_rule", SaveRuleInput, _save, EDIT_RULES, "Create or change a rule. The change takes effect at once."
    )
