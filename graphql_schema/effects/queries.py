"""Queries about effects."""

from __future__ import annotations

import strawberry

from automate.effects import list_queries
from automate.effects.list_queries import EffectsFilter
from automate.kernel.permissions import VIEW_RUNS
from graphql_schema.connections import Connection, binding_of, connection_of, slice_of, space_of
from graphql_schema.context import Info
from graphql_schema.effects.filters import EffectFilter
from graphql_schema.effects.types import Effect, effect_of
from graphql_schema.listed import listed
from graphql_schema.planning import load_selection, selected


@strawberry.type
class EffectQueries:
    @listed(VIEW_RUNS, "The effects of all runs. The effect with the newest attempt comes first.")
    def effects(self, info: Info, filter: EffectFilter | None = None) -> Connection[Effect]:
        wanted = filter.rows() if filter is not None else EffectsFilter()
        field, space = selected(info), space_of("effects", binding_of(wanted))
        page = list_queries.effects_page(wanted, slice_of(space, field.arguments, space.open_timestamp))
        found = connection_of(
            field,
            space,
            page,
            effect_of,
            lambda: list_queries.count_effects(wanted),
            lambda row: space.seal_timestamp(row.intended_at, row.key),
        )
        return load_selection(info, found)
