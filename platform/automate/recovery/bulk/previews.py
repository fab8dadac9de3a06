"""Previews a bulk operation. The preview examines only the first items of the operation."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.recovery.bulk import queries
from automate.recovery.bulk.queries import BulkSelection
from automate.recovery.bulk.request import REPLAY, RETRY, BulkRequest
from automate.recovery.plans import make_plans
from automate.recovery.replaying import plan_replays
from automate.runs.outlook.budgets import Outlook, PerRun, outlook
from automate.runs.outlook.queries import runs_of, used_by

LOOKED_AT = LIMITS.page_size
"""Number of items that a preview examines: as many as one page of a list can show."""


@dataclass(frozen=True)
class RepeatedEffects:
    """Effects of one step that may have happened already, and that the bulk operation would repeat."""

    step: str
    connector: str
    effect: str
    consent: bool
    """True if these effects are refused without repeatEffects."""
    runs: int
    """Number of runs in which the step has one of these effects."""


@dataclass(frozen=True)
class RefusedItems:
    code: str
    message: str
    items: int


@dataclass(frozen=True)
class OperationPreview:
    """The preview of a bulk operation."""

    count: int
    """All items, exact to 10,000; 10,001 means "at least"."""
    looked_at: int
    """Number of items that the rest of the preview is based on."""
    new_runs: int | None = None
    """Number of runs that the examined items would start. None if this kind of operation starts no runs, or if the
    number is unknown."""
    effects: tuple[RepeatedEffects, ...] = ()
    refused: tuple[RefusedItems, ...] = ()
    budgets: tuple[Outlook, ...] = ()
    """Estimated usage by all items."""


def make_preview(request: BulkRequest, selection: BulkSelection, count: int) -> OperationPreview:
    # Only reads. The number of SQL statements does not depend on the number of items.
    if request.kind == RETRY:
        return _look_at_retries(request, queries.next_selected(selection, None, LOOKED_AT), count)
    if request.kind == REPLAY:
        return _look_at_replays(request, queries.next_selected(selection, None, LOOKED_AT), count)
    return OperationPreview(count, 0)


def _look_at_retries(request: BulkRequest, items: list[uuid.UUID], count: int) -> OperationPreview:
    plans = make_plans(list(enumerate(items)), request.retry)
    effects = Counter(
        (effect.step, effect.connector, effect.effect, effect.needs_consent)
        for plan in plans.runs
        for effect in plan.effects
    )
    return OperationPreview(
        count,
        len(items),
        sum(plan.consent is None for plan in plans.runs),
        tuple(RepeatedEffects(*kind, runs) for kind, runs in effects.most_common()),
        _grouped(plans.errors),
        _budgets(request, items, len(items), sum(plan.consent is None for plan in plans.runs), count),
    )


def _look_at_replays(request: BulkRequest, items: list[uuid.UUID], count: int) -> OperationPreview:
    plan = plan_replays(items, request.depth)
    budgets = _budgets(request, runs_of(items), len(items), len(plan.runs), count)
    return OperationPreview(count, len(items), len(plan.runs), refused=_grouped(plan.refused.values()), budgets=budgets)


def _budgets(
    request: BulkRequest, run_ids: list[uuid.UUID], looked_at: int, new_runs: int, count: int
) -> tuple[Outlook, ...]:
    # The operation's rate limits how many new runs start in a window.
    if not run_ids or not looked_at:
        return ()
    steps, calls = used_by(run_ids)
    per_run = PerRun(steps / len(run_ids), {name: times / len(run_ids) for name, times in calls.items()})
    total = new_runs * count / looked_at
    return tuple(outlook(per_run, lambda seconds: min(total, request.rate * seconds), beside=True))


def _grouped(errors: Iterable[NormalizedError]) -> tuple[RefusedItems, ...]:
    # A group shows the message of one of its errors, because messages name individual runs and steps.
    found: dict[str, list[NormalizedError]] = {}
    for error in errors:
        found.setdefault(error.code, []).append(error)
    return tuple(RefusedItems(code, alike[0].message, len(alike)) for code, alike in found.items())
