"""The words in usage records: what is counted, and for which kind of run."""

from __future__ import annotations

EVENTS, RUNS, STEPS, CALLS, COST = "events", "runs", "steps", "calls", "cost"
METRICS = (EVENTS, RUNS, STEPS, CALLS, COST)
NORMAL, RETRY, TEST, REPLAY = "normal", "retry", "test", "replay"
KINDS = (NORMAL, RETRY, TEST, REPLAY)
