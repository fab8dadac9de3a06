"""The words of usage."""

from __future__ import annotations

EVENTS, RUNS, STEPS, CALLS = "events", "runs", "steps", "calls"
METRICS = (EVENTS, RUNS, STEPS, CALLS)
NORMAL, RETRY, TEST, REPLAY = "normal", "retry", "test", "replay"
KINDS = (NORMAL, RETRY, TEST, REPLAY)
