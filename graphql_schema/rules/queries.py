# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""Root fields about rules."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_RULES
from automate.rules import queries
from graphql_schema.connections import Connection, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.permissions import Requires
from graphql_schema.planning import planned, selected
from graphql_schema.rules.types import RuleSpec, rule_of


@strawberry.type
class RuleQueries:
    @strawberry.field(extensions=[Requires(VIEW_RULES)], description="Newest first.")
    def rules(
        self,
        info: Info,
        first: int | None = None,
        after: str | None = None,
        last: int | None = None,
        before: str | None = None,
    ) -> Connection[RuleSpec]:
        field, space = selected(info), space_of("rules")
        page = queries.rules_page(slice_of(space, field.arguments))
        return planned(info, connection_of(field, space, page, rule_of, queries.count_rules))
