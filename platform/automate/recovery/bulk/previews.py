"""What a bulk operation would do to the first of its items: what it would repeat, and what would be refused."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass

from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.recovery.bulk import queries
from automate.recovery.bulk.queries import Selection
from automate.recovery.bulk.request import REPLAY, RETRY, BulkRequest
from automate.recovery.plans import make_plans
from automate.recovery.replaying import plan_replays
from automate.runs.outlook.budgets import Outlook, PerRun, outlook
from automate.runs.outlook.queries import runs_of, used_by

LOOKED_AT = LIMITS.page_size
"""As many as people could name one by one."""


@dataclass(frozen=True)
class RepeatedEffects:
    """Effects of one kind that may have happened and whose steps are taken again. consent: whether they are, but for
    repeatEffects, refused. runs: how many there are of them.
    """

    step: str
    connector: str
    effect: str
    consent: bool
    runs: int


@dataclass(frozen=True)
class Refused:
    code: str
    message: str
    items: int


@dataclass(frozen=True)
class Preview:
    """count: of all items, exact to 10,000, then one more for "at least". looked_at: of how many the rest tells.
    new_runs: how many runs these would lead to; None where the kind makes none, or none that can be told beforehand.
    budgets: what all items would use, as far as those that were looked at tell.
    """

    count: int
    looked_at: int
    new_runs: int | None = None
    effects: tuple[RepeatedEffects, ...] = ()
    refused: tuple[Refused, ...] = ()
    budgets: tuple[Outlook, ...] = ()


def look(request: BulkRequest, selection: Selection, count: int) -> Preview:
    """Reads only; the number of statements does not depend on the items."""
    if request.kind == RETRY:
        return _look_at_retries(request, queries.next_selected(selection, None, LOOKED_AT), count)
    if request.kind == REPLAY:
        return _look_at_replays(request, queries.next_selected(selection, None, LOOKED_AT), count)
    return Preview(count, 0)


def _look_at_retries(request: BulkRequest, items: list[uuid.UUID], count: int) -> Preview:
    plans = make_plans(list(enumerate(items)), request.retry)
    effects = Counter(
        (effect.step, effect.connector, effect.effect, effect.unsure) for plan in plans.runs for effect in plan.effects
    )
    return Preview(
        count,
        len(items),
        sum(plan.consent is None for plan in plans.runs),
        tuple(RepeatedEffects(*kind, runs) for kind, runs in effects.most_common()),
        _grouped(plans.errors),
        _budgets(request, items, len(items), sum(plan.consent is None for plan in plans.runs), count),
    )


def _look_at_replays(request: BulkRequest, items: list[uuid.UUID], count: int) -> Preview:
    plan = plan_replays(items, request.depth)
    budgets = _budgets(request, runs_of(items), len(items), len(plan.runs), count)
    return Preview(count, len(items), len(plan.runs), refused=_grouped(plan.refused.values()), budgets=budgets)


def _budgets(
    request: BulkRequest, run_ids: list[uuid.UUID], looked_at: int, new_runs: int, count: int
) -> tuple[Outlook, ...]:
    """As the runs used that were looked at. A window sees no more new runs than the rate of the operation starts in it."""
    if not run_ids or not looked_at:
        return ()
    steps, calls = used_by(run_ids)
    per_run = PerRun(steps / len(run_ids), {name: times / len(run_ids) for name, times in calls.items()})
    total = new_runs * count / looked_at
    return tuple(outlook(per_run, lambda seconds: min(total, request.rate * seconds), beside=True))


def _grouped(errors: Iterable[NormalizedError]) -> tuple[Refused, ...]:
    """By code, each with the words of one of them: they name runs and steps."""
    found: dict[str, list[NormalizedError]] = {}
    for error in errors:
        found.setdefault(error.code, []).append(error)
    return tuple(Refused(code, alike[0].message, len(alike)) for code, alike in found.items())
