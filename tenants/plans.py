"""The plan of new tenants, and the defaults of all plans."""

from __future__ import annotations

STANDARD_PLAN = "standard"
STANDARD_WEIGHT = 1

DEFAULT_CONCURRENT_RUNS = 100
"""The maximum number of concurrent runs of one tenant, if its plan sets no other limit."""
