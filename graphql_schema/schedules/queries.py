# ruff: noqa: ARG002 - the plan reads a field's arguments from the document
"""Queries about schedules."""

from __future__ import annotations

import strawberry

from automate.kernel.permissions import VIEW_SCHEDULES
from automate.triggers.schedules import queries
from automate.triggers.schedules.services import preview
from graphql_schema.connections import Connection
from graphql_schema.context import Info
from graphql_schema.filtering import ScheduleFilter, selection
from graphql_schema.listed import listed, queried
from graphql_schema.lookups import looked_up
from graphql_schema.ordering import ScheduleOrder
from graphql_schema.permissions import Requires
from graphql_schema.schedules.inputs import PreviewScheduleInput
from graphql_schema.schedules.loaders import SHOWN_TICKS, tick_limit
from graphql_schema.schedules.types import (
    PlannedTickAnswer,
    Schedule,
    planned_tick_of,
    schedule_of,
)
from graphql_schema.workflows.types import Problem


@strawberry.type(description="A plan as a text with its next ticks, or the problems of the plan.")
class SchedulePreview:
    sentence: str | None = strawberry.field(description="The plan as a text. Null for an invalid plan.")
    next_ticks: list[PlannedTickAnswer] = strawberry.field(
        description="The next ticks, without the random delay (jitter)."
    )
    problems: list[Problem]


@strawberry.type
class ScheduleQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_SCHEDULES)], description="One schedule, by its id or slug; null for an unknown one."
    )
    def schedule(
        self,
        info: Info,
        id: strawberry.ID | None = None,
        slug: str | None = None,
    ) -> Schedule | None:
        return looked_up(info, "Schedule", id, queries.schedules_by_id, schedule_of, slug, queries.schedule_by_slug)

    @listed(VIEW_SCHEDULES, "The schedules, newest first.")
    def schedules(
        self, info: Info, filter: ScheduleFilter | None = None, order: ScheduleOrder | None = None
    ) -> Connection[Schedule]:
        return queried(info, "schedules", order, selection(filter, queries.SCHEDULES), schedule_of)

    @strawberry.field(
        extensions=[Requires(VIEW_SCHEDULES)],
        description="Show what a plan would do, without saving it. `first`: how many of the next ticks to show.",
    )
    def preview_schedule(
        self,
        info: Info,
        input: PreviewScheduleInput,
        first: int = SHOWN_TICKS,
    ) -> SchedulePreview:
        seen = preview(input.as_plan(), input.jitter_seconds, tick_limit(first))
        return SchedulePreview(
            sentence=seen.sentence or None,
            next_ticks=[planned_tick_of(tick) for tick in seen.ticks],
            problems=[
                Problem(code=one.code, message=one.message, path=[str(part) for part in one.path])
                for one in seen.problems
            ],
        )
