"""A type that shows a row is of the row's model, and the model alone describes a column."""

from __future__ import annotations

import ast
import inspect
import textwrap
from collections.abc import Collection, Iterator
from typing import Any

import strawberry
import strawberry_django
from graphql import GraphQLObjectType

from automate.runs.models import StepRun

OWN_WORDS = {
    "Budget.used",  # The column includes the reserved amount, which the field leaves out.
    "RetentionPolicy.days",  # The column is `ownDays`; the field is the shortest of the tenant's, the plan's and the runs' days.
}
"""Fields with the name of a column that show something else than the column, each with the reason."""

NO_ROW = {
    "AuditActor",  # Three columns of an audit entry, a token or an approval.
    "BulkBudget",  # The budgets of a preview: a sum over the selected runs.
    "CronPlan",  # The shape in a schedule's plan, as the input has it.
    "EffectTry",  # An entry of the JSON in an effect's row.
    "FailureGroup",  # Counts of failures with the same fingerprint, and their resolution.
    "IntervalPlan",  # The shape in a schedule's plan, as the input has it.
    "ItemsProgress",  # Counts of the items of a step.
    "PlanBudget",  # An entry of the JSON in a plan's row.
    "PlanRetention",  # An entry of the JSON in a plan's row.
    "PlannedEffect",  # What a retry would do with an effect.
    "RecipeObject",  # A part of a file.
    "RecipeSample",  # A part of a file.
    "RunCounts",  # Sums of the counters of several hours.
    "RunFeedItem",  # A row of the log, a checkpoint or a gap. No table stores checkpoints and gaps.
    "SearchKey",  # The shape in an event type's row, as the input has it.
    "TestedCall",  # Of a simulated run, which is not stored.
    "TestedStep",  # Of a simulated run, which is not stored.
    "Viewer",  # The caller: a token, a person or the platform.
    "WorkflowTest",  # Of a simulated run, which is not stored.
}
"""Types without a model that share names with the columns of a table, each with the reason why they show no row of it."""


def kinds() -> Iterator[GraphQLObjectType]:
    """The object types of the three schemas, without the library's own and without roots, pages and payloads."""
    from graphql_schema.account.schema import account_schema
    from graphql_schema.schema import platform_schema, tenant_schema

    for schema in (tenant_schema, platform_schema, account_schema):
        for kind in schema._schema.type_map.values():
            if isinstance(kind, GraphQLObjectType) and origin_of(kind) is not None:
                yield kind


def origin_of(kind: GraphQLObjectType) -> Any:
    return getattr(kind.extensions.get("strawberry-definition"), "origin", None)


def model_of(kind: Any) -> Any:
    return getattr(getattr(kind, "__strawberry_django_definition__", None), "model", None)


def columns_of(model: Any) -> set[str]:
    return {name for column in model._meta.concrete_fields for name in (column.name, column.attname)} - {"id"}


def described_in_class(kind: type) -> Iterator[str]:
    """The names of the columns of the fields that their class describes."""
    (found,) = ast.parse(textwrap.dedent(inspect.getsource(kind))).body
    assert isinstance(found, ast.ClassDef)
    for node in found.body:
        calls: list[ast.expr | None] = []
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            name, calls = node.target.id, [node.value]
        elif isinstance(node, ast.FunctionDef):
            name, calls = node.name, [*node.decorator_list]
        for call in calls:
            if isinstance(call, ast.Call):
                given = {keyword.arg: keyword.value for keyword in call.keywords}
                column = given.get("field_name")
                if "description" in given:
                    yield str(column.value) if isinstance(column, ast.Constant) else name


def described_twice(kind: type) -> set[str]:
    return {*described_in_class(kind)} & columns_of(model_of(kind))


def test_model_alone_describes_a_column() -> None:
    of_models = [kind for kind in kinds() if model_of(origin_of(kind)) is not None]
    assert len(of_models) >= 50
    found = {f"{kind.name}.{name}" for kind in of_models for name in described_twice(origin_of(kind))}
    assert found == OWN_WORDS


def test_fields_of_columns_have_the_words_of_the_model() -> None:
    """Beside the test above: a description may come from elsewhere than the class."""
    seen = 0
    for kind in kinds():
        model = model_of(origin_of(kind))
        if model is None:
            continue
        helps = {name: str(c.help_text) for c in model._meta.concrete_fields for name in (c.name, c.attname)}
        for field in kind.extensions["strawberry-definition"].fields:
            name = getattr(field, "django_name", None) or field.python_name
            if name in columns_of(model) and f"{kind.name}.{name}" not in OWN_WORDS:
                assert field.description == helps[name], (kind.name, name)
                seen += 1
    assert seen > 250


def test_column_that_is_described_twice_is_found() -> None:
    """The sabotaged twin."""

    @strawberry_django.type(StepRun)
    class Sabotaged:
        key: strawberry.auto
        attempt: int = strawberry.field(description="The attempt.")
        number: int = strawberry_django.field(field_name="item", description="The item.")
        other: int = strawberry.field(description="No column.")

        @strawberry.field(description="The output.")
        def output(self) -> str:
            return ""

    assert described_twice(Sabotaged) == {"attempt", "item", "output"}


def rows_like(name: str, fields: Collection[str]) -> set[str]:
    """The models whose row a type with these fields seems to show: they share its name, three fields, or half of its fields."""
    from django.apps import apps

    found = set()
    for model in apps.get_models():
        shared = {*fields} & columns_of(model)
        if model.__module__.startswith(("automate.", "tenants.")) and (
            name == model.__name__ or len(shared) >= 3 or (len(shared) == 2 and len(fields) <= 4)
        ):
            found.add(model.__name__)
    return found


def without_model() -> dict[str, set[str]]:
    """The types without a model that seem to show rows, each with the models of these rows."""
    found = {}
    for kind in kinds():
        fields = {field.python_name for field in kind.extensions["strawberry-definition"].fields} - {"id"}
        if model_of(origin_of(kind)) is None and not kind.name.endswith(("Payload", "Connection", "Edge")):
            found[kind.name] = rows_like(kind.name, fields)
    return {name: models for name, models in found.items() if models}


def test_type_that_shows_a_row_is_of_its_model() -> None:
    assert set(without_model()) == NO_ROW


def test_plain_type_of_a_row_is_found() -> None:
    """The sabotaged twin: TimelineEntry, RetentionPolicy and SearchIndex were plain once."""
    assert "Effect" in rows_like("Effect", {"title"})
    assert "EventReindex" in rows_like("SearchIndex", {"done", "total", "started_at", "finished_at"})
    assert "RetentionPolicy" in rows_like("Kept", {"data_class", "hold_reason", "held_at", "some", "other"})
    assert rows_like("Viewer", {"kind", "permissions", "browser", "page"}) == set()
