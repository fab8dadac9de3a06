"""Queries about rules."""

from __future__ import annotations

from typing import Annotated

import strawberry

from automate.kernel.errors import NormalizedError
from automate.kernel.permissions import VIEW_EVENTS, VIEW_RULES
from automate.rules import queries
from automate.rules.choices import Verdict
from automate.rules.explaining import explain_rule
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.filtering import RuleFilter, selection
from graphql_schema.ids import row_id_of
from graphql_schema.json_text import json_of
from graphql_schema.listed import listed, queried
from graphql_schema.lookups import looked_up
from graphql_schema.ordering import RuleOrder
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection
from graphql_schema.rules.types import RuleExplanation, RuleSpec, rule_of
from graphql_schema.scalars import JSON


@strawberry.type
class RuleQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_RULES)], description="One rule, by its id or slug; null for an unknown one."
    )
    def rule(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        slug: str | None = None,
    ) -> RuleSpec | None:
        return looked_up(info, "RuleSpec", id, queries.rules_by_id, rule_of, slug, queries.rule_by_slug)

    @listed(VIEW_RULES, "The rules, newest first.")
    def rules(
        self, info: Info, filter: RuleFilter | None = None, order: RuleOrder | None = None
    ) -> Connection[RuleSpec]:
        return queried(info, "rules", order, selection(filter, queries.RULES), rule_of)

    @strawberry.field(
        extensions=[Requires(VIEW_EVENTS), Requires(VIEW_RULES)],
        description="Explain why a condition matches an event or not. The condition may be saved or not. Null for "
        "an unknown event or rule.",
    )
    def explain_rule(
        self,
        info: Info,
        event: strawberry.ID,
        when: Annotated[
            JSON | None,
            strawberry.argument(description="The condition in JsonLogic. Null takes the saved condition of `rule`."),
        ] = None,
        rule: Annotated[
            str | None,
            strawberry.argument(description="The slug of a rule. Its decision about the event is returned too."),
        ] = None,
    ) -> RuleExplanation | None:
        if when is None and rule is None:
            raise NormalizedError(
                "BAD_USER_INPUT",
                "`when` and `rule` are both missing. Pass a condition as `when`, or the slug of a saved rule as `rule`.",
                path=["when"],
            )
        saved = queries.rule_by_slug(rule) if rule is not None else None
        row_id = row_id_of(event, "Event")
        if row_id is None or (rule is not None and saved is None):
            return None
        found = explain_rule(json_of(when) if when is not None or saved is None else saved.when, row_id)
        if found is None:
            return None
        explanation = RuleExplanation(
            matched=found.matched,
            verdict=Verdict(found.verdict),
            sentence=found.sentence,
            tree=JSON(found.tree),
            asked=(row_id, rule) if rule is not None else None,
        )
        return load_selection(info, explanation)
