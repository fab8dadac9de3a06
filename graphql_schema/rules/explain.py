"""explainRule: the verdict at every node of a condition, and why, as a sentence."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_EVENTS, VIEW_RULES
from automate.rules.explaining import explain_rule
from graphql_schema.ids import row_id_of
from graphql_schema.permissions import Requires
from graphql_schema.rules.types import Verdict
from graphql_schema.scalars import JSON


@strawberry.type(description="What a condition says of an event, over its redacted values.")
class RuleExplanation:
    matched: bool
    verdict: Verdict
    sentence: str
    tree: JSON = strawberry.field(
        description="A node: op, path into the condition, value, matched, evaluated, turns, error, children."
    )


@strawberry.type
class ExplainQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_EVENTS), Requires(VIEW_RULES)],
        description="Why a condition, saved or not, matches an event or does not; null when there is none of this id.",
    )
    def explain_rule(self, when: JSON, event: strawberry.ID) -> RuleExplanation | None:
        row_id = row_id_of(event, "Event")
        found = explain_rule(when, row_id) if row_id is not None else None
        if found is None:
            return None
        return RuleExplanation(
            matched=found.matched, verdict=Verdict(found.verdict), sentence=found.sentence, tree=JSON(found.tree)
        )
