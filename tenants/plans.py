"""The plans of a new installation, and the defaults of all plans."""

from __future__ import annotations

from collections.abc import Mapping

STANDARD_PLAN = "standard"
STANDARD_WEIGHT = 1

FIRST_PLANS: Mapping[str, int] = {"free": 1, STANDARD_PLAN: STANDARD_WEIGHT, "business": 2, "enterprise": 4}
"""The plans of a new installation with their weights. A tenant with weight 2 gets two jobs for each job of a tenant
with weight 1, while both have jobs waiting."""

DEFAULT_CONCURRENT_RUNS = 100
"""The maximum number of concurrent runs of one tenant, if its plan sets no other limit."""
