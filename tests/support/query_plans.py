"""What a plan of EXPLAIN (ANALYZE, FORMAT JSON) tells."""

from __future__ import annotations

from typing import Any


def rows_read(plan: Any) -> int:
    """Rows that all scans of a plan have touched, those that were thrown away too."""
    below = sum(map(rows_read, plan.get("Plans", [])))
    if "Scan" not in plan["Node Type"] or plan["Node Type"] in {
        "Subquery Scan",
        "CTE Scan",
        "Function Scan",
        "Bitmap Heap Scan",
    }:
        return below
    thrown = plan.get("Rows Removed by Filter", 0) + plan.get("Rows Removed by Index Recheck", 0)
    return below + round((plan["Actual Rows"] + thrown) * plan["Actual Loops"])
