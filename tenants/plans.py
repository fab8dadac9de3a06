"""The plans that there are, and what each is worth."""

from __future__ import annotations

from collections.abc import Mapping

STANDARD_WEIGHT = 1

LANE_WEIGHTS: Mapping[str, int] = {"free": 1, "standard": STANDARD_WEIGHT, "business": 2, "enterprise": 4}
"""How many jobs of a tenant go out for each one of a standard tenant, while both have some waiting."""

DEFAULT_CONCURRENT_RUNS = 100
"""Runs of one tenant at the same time, until the tenant's budget says otherwise."""


def lane_weight(plan: str) -> int:
    return LANE_WEIGHTS.get(plan, STANDARD_WEIGHT)
