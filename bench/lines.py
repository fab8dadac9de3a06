"""The lines that ``make bench-pair`` can compare. A line is one figure; one load yields one or more lines.

To add a line, declare it here and have its load in ``bench.loads`` return a value under its name.
This module imports no product code: a side announces its lines before it starts anything.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True)
class Line:
    """One line. load: the key of its load in ``bench.loads.LOADS``."""

    name: str
    unit: str
    better: Literal["higher", "lower"]
    load: str


LINES = (
    Line("drain_1_step", "runs/s", "higher", "drain_1_step"),
    Line("cpu_1_step", "ms/run", "lower", "drain_1_step"),
    Line("drain_3_steps", "runs/s", "higher", "drain_3_steps"),
    Line("cpu_3_steps", "ms/run", "lower", "drain_3_steps"),
    Line("drain_post", "runs/s", "higher", "drain_post"),
    Line("cpu_post", "ms/run", "lower", "drain_post"),
    Line("webhooks", "/s", "higher", "webhooks"),
    Line("cpu_webhook", "ms", "lower", "webhooks"),
    Line("reads", "/s", "higher", "reads"),
    Line("cpu_read", "ms", "lower", "reads"),
    Line("idle_p50", "ms", "lower", "lone_webhooks"),
    Line("statements_1_step", "/run", "lower", "statements"),
    Line("statements_3_steps", "/run", "lower", "statements"),
)
