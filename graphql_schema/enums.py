"""GraphQL enums for columns with fixed values, from the ``choices`` modules."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from typing import TypeVar

import strawberry
from django.db.models import TextChoices
from graphql import GraphQLEnumType, GraphQLError, GraphQLSchema
from strawberry_django.ordering import Ordering

from automate.audit.choices import PrincipalKind
from automate.budgets.choices import BudgetAction, BudgetMetric, BudgetWindow
from automate.events.choices import DeliveryOutcome, IngestOutcome, OnMismatch, SourceScheme
from automate.kernel.choices import CallerRole, MemberRole
from automate.mail.choices import MailState
from automate.notices.choices import NoticeKind, NoticeState
from automate.outbox.choices import OutboxJobState
from automate.outbox.topic_choices import OutboxJobTopic
from automate.recovery.bulk.choices import BulkKind, BulkOutcome, BulkState
from automate.retention.choices import DataClass
from automate.rules.choices import BacktestDifference, BacktestState, RuleWindowOption, RuleWindowOutcome, Verdict
from automate.runs.choices import (
    ApprovalOutcome,
    ApprovalState,
    BreakerState,
    EffectClass,
    EffectState,
    RunState,
    StepState,
)
from automate.triggers.schedules.choices import ScheduleCatchUp, ScheduleOverlap, ScheduleTickOutcome
from automate.usage.choices import UsageMetric
from graphql_schema.loaded import CoreValue
from tenants.choices import TenantState

STORED: tuple[type[TextChoices], ...] = (
    ApprovalOutcome,
    ApprovalState,
    BacktestDifference,
    BacktestState,
    BreakerState,
    BudgetAction,
    BudgetMetric,
    BudgetWindow,
    BulkKind,
    BulkOutcome,
    BulkState,
    CallerRole,
    DataClass,
    DeliveryOutcome,
    EffectClass,
    EffectState,
    IngestOutcome,
    MailState,
    MemberRole,
    NoticeKind,
    NoticeState,
    OnMismatch,
    OutboxJobState,
    OutboxJobTopic,
    PrincipalKind,
    RuleWindowOption,
    RuleWindowOutcome,
    RunState,
    ScheduleCatchUp,
    ScheduleOverlap,
    ScheduleTickOutcome,
    SourceScheme,
    StepState,
    TenantState,
    UsageMetric,
    Verdict,
)

DEPRECATED: Mapping[type[TextChoices], Mapping[str, str]] = {
    ApprovalOutcome: {"APPROVE": "Use APPROVED instead.", "REJECT": "Use REJECTED instead."},
}
"""Former values of enums, which are still accepted, by their names. Each has a reason."""
DEFINITION = "__strawberry_definition__"
Choices = TypeVar("Choices", bound=type[TextChoices])


def described(kind: Choices) -> Choices:
    """Make a GraphQL enum from a class. The class's docstring describes the enum. Each label describes its value."""
    # strawberry has made the enum already if a type named it first.
    made: object = kind if hasattr(kind, DEFINITION) else strawberry.enum(kind)
    definition = getattr(made, DEFINITION)
    definition.description = inspect.cleandoc(kind.__doc__ or "")
    for value, member in zip(definition.values, kind, strict=True):
        value.description = str(member.label)
        value.deprecation_reason = DEPRECATED.get(kind, {}).get(member.name)
    return kind


for each in STORED:
    described(each)

ORDERINGS = {
    "ASC": "Ascending.",
    "ASC_NULLS_FIRST": "Ascending, null values first.",
    "ASC_NULLS_LAST": "Ascending, null values last.",
    "DESC": "Descending.",
    "DESC_NULLS_FIRST": "Descending, null values first.",
    "DESC_NULLS_LAST": "Descending, null values last.",
}
"""Descriptions for the values of the library's enum Ordering, which has none of its own."""
_ordering = getattr(Ordering, DEFINITION)
_ordering.description = "The direction of a sorted list."
for _value in _ordering.values:
    _value.description = ORDERINGS[_value.name]

ONCE_STRINGS: tuple[type[TextChoices], ...] = (MemberRole, OutboxJobTopic)
"""Enums that were strings in earlier releases. A variable can still have the stored value, such as ``owner`` for
OWNER."""


def list_values_in_errors(schema: GraphQLSchema) -> None:
    for name, kind in schema.type_map.items():
        if isinstance(kind, GraphQLEnumType) and not name.startswith("__"):
            _list_values(kind)


def _list_values(kind: GraphQLEnumType) -> None:
    names = [name for name, value in kind.values.items() if value.deprecation_reason is None]
    former = {str(member.value): member.name for one in ONCE_STRINGS if one.__name__ == kind.name for member in one}
    of_value, of_literal = kind.coerce_input_value, kind.coerce_input_literal

    def coerced(coerce: Callable[[CoreValue], object], given: object) -> CoreValue:
        try:
            return coerce(given)
        except GraphQLError as error:
            fault = error.message.partition(" Did you mean ")[0]
            raise GraphQLError(
                f"{fault} Use one of {', '.join(names)}.", error.nodes, extensions={"values": names}
            ) from None

    def from_value(given: object, _hide_suggestions: bool = False) -> object:  # noqa: FBT001, FBT002 - graphql-core's
        return coerced(of_value, former.get(given, given) if isinstance(given, str) else given)

    def from_literal(node: object, _hide_suggestions: bool = False) -> object:  # noqa: FBT001, FBT002 - graphql-core's
        return coerced(of_literal, node)

    kind.coerce_input_value = from_value  # type: ignore[assignment, method-assign] # graphql-core has no other way to change the message
    kind.coerce_input_literal = from_literal  # type: ignore[assignment, method-assign] # graphql-core has no other way to change the message
