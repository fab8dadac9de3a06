"""The query workflowDiff: compares two versions of a workflow, or a version with the draft."""

from __future__ import annotations

import strawberry
from django.db.models import TextChoices

from automate.kernel.permissions import VIEW_WORKFLOWS
from automate.workflows.comparing import compare
from automate.workflows.diffing import ChangedValue, StepChange
from automate.workflows.queries import versions_by_id
from graphql_schema.context import Info
from graphql_schema.enums import described
from graphql_schema.errors import QueryPayload
from graphql_schema.permissions import Requires
from graphql_schema.planning import load_selection
from graphql_schema.scalars import JSON
from graphql_schema.workflows.types import WorkflowVersion, version_of


@strawberry.input(description="The two definitions to compare.")
class WorkflowDiffInput:
    workflow: str = strawberry.field(description="The workflow's slug.")
    from_: int | None = strawberry.field(
        name="from", default=None, description="The number of the earlier version. Null means the current one."
    )
    to: int | None = strawberry.field(
        default=None, description="The number of the later version. Null means the draft."
    )


@described
class StepChangeKind(TextChoices):
    """The difference of one step between two versions."""

    ADDED = "added", "The step is new."
    REMOVED = "removed", "The step is gone."
    CHANGED = "changed", "The step is changed."
    RENAMED = "renamed", "The step has a new key."


@strawberry.type(description="A value that differs.")
class ChangedPlace:
    path: list[str] = strawberry.field(description="The path within the step or the definition, outermost part first.")
    before: JSON | None = strawberry.field(description="The value before. Null if it was missing.")
    after: JSON | None = strawberry.field(description="The value after. Null if it is missing.")
    was_there: bool = strawberry.field(
        description="Whether the path existed before the change. If so, its value may have been null."
    )
    is_there: bool = strawberry.field(description="Whether the path exists after the change.")


@strawberry.type(description="A step that differs. Steps are compared by their keys, whatever their position.")
class ChangedStep:
    key: str = strawberry.field(description="The key of the step.")
    change: StepChangeKind = strawberry.field(description="How the step differs.")
    renamed_from: str | None = strawberry.field(
        description="The former key, if only the key differs. Renaming a step gives its call a new effect."
    )
    places: list[ChangedPlace] = strawberry.field(
        description="The differences. An added or removed step is one difference with an empty path."
    )
    needs_before: list[str] = strawberry.field(
        description="The steps for which the step waits in the earlier version. They follow from needs, the order "
        "of steps, and on_failure."
    )
    needs_after: list[str] = strawberry.field(description="The steps for which the step waits in the later version.")


@strawberry.type
class WorkflowDiffPayload(QueryPayload):
    from_: WorkflowVersion | None = strawberry.field(
        name="from", description="The earlier version. Null if no version was published."
    )
    to: WorkflowVersion | None = strawberry.field(description="The later version. Null for the draft.")
    same: bool = strawberry.field(description="Whether the two definitions are equal.")
    fields: list[ChangedPlace] = strawberry.field(description="The differences outside the steps.")
    steps: list[ChangedStep] = strawberry.field(
        description="The steps that differ: those of the later definition in its order, followed by the removed ones.",
    )
    left_out: int = strawberry.field(
        description="The number of differences that the answer leaves out, because there are too many."
    )


@strawberry.type
class DiffQueries:
    @strawberry.field(
        extensions=[Requires(VIEW_WORKFLOWS)],
        description="The differences between two versions of a workflow, or between a version and the draft.",
    )
    def workflow_diff(self, info: Info, input: WorkflowDiffInput) -> WorkflowDiffPayload:
        made = compare(input.workflow, input.from_, input.to)
        found = versions_by_id([row_id for row_id in (made.before, made.after) if row_id is not None])
        before = found[made.before] if made.before is not None else None
        after = found[made.after] if made.after is not None else None
        return load_selection(
            info,
            WorkflowDiffPayload(
                from_=version_of(before) if before is not None else None,
                to=version_of(after) if after is not None else None,
                same=made.difference.same,
                fields=[changed_place(place) for place in made.difference.fields],
                steps=[_step(step) for step in made.difference.steps],
                left_out=made.difference.left_out,
            ),
        )


def _step(step: StepChange) -> ChangedStep:
    return ChangedStep(
        key=step.key,
        change=StepChangeKind(step.change),
        renamed_from=step.renamed_from or None,
        places=[changed_place(place) for place in step.places],
        needs_before=list(step.needs[0]),
        needs_after=list(step.needs[1]),
    )


def changed_place(place: ChangedValue) -> ChangedPlace:
    return ChangedPlace(
        path=[str(part) for part in place.path],
        before=JSON(place.before) if place.before is not None else None,
        after=JSON(place.after) if place.after is not None else None,
        was_there=place.present[0],
        is_there=place.present[1],
    )
