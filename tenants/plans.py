"""The plans that an installation begins with, and what every plan has."""

from __future__ import annotations

from collections.abc import Mapping

STANDARD_PLAN = "standard"
STANDARD_WEIGHT = 1

FIRST_PLANS: Mapping[str, int] = {"free": 1, STANDARD_PLAN: STANDARD_WEIGHT, "business": 2, "enterprise": 4}
"""The plans of a new installation, with the weight of each: how many jobs of a tenant go out for each one of a tenant of weight 1,
while both have some waiting."""

DEFAULT_CONCURRENT_RUNS = 100
"""Runs of one tenant at the same time, where its plan does not say otherwise."""
