"""Describes the event that reports a reached threshold of a budget. Each window has one event per threshold."""

from __future__ import annotations

from automate.budgets.kinds import COST
from automate.budgets.models import OF_CONNECTOR
from automate.budgets.spending.transitions import Crossing
from automate.budgets.windows import shown
from automate.kernel.json_values import JsonObject
from automate.kernel.limits import DAY_SECONDS

KEY_SECONDS = 32 * DAY_SECONDS
"""Longer than the longest window. If a limit is raised and reached again, no second event is created."""


def subject_of(crossing: Crossing) -> str:
    return shown(crossing.metric, crossing.window, crossing.label, crossing.scope)[:255]


def key_of(crossing: Crossing) -> str:
    return f"{crossing.budget_id}/{crossing.window_start.timestamp():.0f}/{crossing.percent}"


def payload_of(crossing: Crossing) -> JsonObject:
    # Readers of events may lack the permission to see costs.
    billed = crossing.metric == COST
    of_connector = crossing.scope.startswith(OF_CONNECTOR)
    return {
        "budget": str(crossing.budget_id),
        "metric": crossing.metric,
        "window": crossing.window,
        "workflow": None if of_connector else crossing.label or None,
        "connector": crossing.label if of_connector else None,
        "limit": None if billed else crossing.limit,
        "used": None if billed else crossing.used,
        "percent": crossing.percent,
        "action": crossing.action,
        "resets_at": crossing.resets_at.isoformat(),
    }
