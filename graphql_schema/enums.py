"""GraphQL enums for the values of columns. Their names, values and descriptions come from the ``choices`` modules."""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

import strawberry
from django.db.models import TextChoices

from automate.audit.choices import PrincipalKind
from automate.budgets.choices import BudgetAction, BudgetMetric, BudgetWindow
from automate.events.choices import DeliveryOutcome, IngestOutcome, OnMismatch, SourceScheme
from automate.mail.choices import MailState
from automate.notices.choices import NoticeKind, NoticeState
from automate.outbox.choices import OutboxJobState
from automate.recovery.bulk.choices import BulkKind, BulkOutcome, BulkState
from automate.retention.choices import DataClass
from automate.rules.choices import BacktestDifference, BacktestState, RuleWindowOption, RuleWindowOutcome, Verdict
from automate.runs.choices import (
    ApprovalState,
    BreakerState,
    EffectClass,
    EffectState,
    RunState,
    StepState,
)
from automate.triggers.schedules.choices import ScheduleCatchUp, ScheduleOverlap, ScheduleTickOutcome
from automate.usage.choices import UsageMetric
from tenants.choices import TenantState

STORED: tuple[type[TextChoices], ...] = (
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
    DataClass,
    DeliveryOutcome,
    EffectClass,
    EffectState,
    IngestOutcome,
    MailState,
    NoticeKind,
    NoticeState,
    OnMismatch,
    OutboxJobState,
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

DEFINITION = "__strawberry_definition__"
Choices = TypeVar("Choices", bound=type[TextChoices])


def described(kind: Choices) -> Choices:
    """Make a GraphQL enum: the docstring describes it, and each label describes a value."""
    # strawberry has made the enum already if a type named it first.
    made: Any = kind if hasattr(kind, DEFINITION) else strawberry.enum(kind)
    definition = getattr(made, DEFINITION)
    definition.description = inspect.cleandoc(kind.__doc__ or "")
    for value, member in zip(definition.values, kind, strict=True):
        value.description = str(member.label)
    return kind


for each in STORED:
    described(each)
