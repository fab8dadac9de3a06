"""The words in usage records. METRICS are the things that are counted, and KINDS are the kinds of runs."""

from __future__ import annotations

EVENTS, RUNS, STEPS, CALLS, COST = "events", "runs", "steps", "calls", "cost"
METRICS = (EVENTS, RUNS, STEPS, CALLS, COST)
NORMAL, RETRY, TEST, REPLAY = "normal", "retry", "test", "replay"
KINDS = (NORMAL, RETRY, TEST, REPLAY)
