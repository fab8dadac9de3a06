"""What budgets count. Pure."""

EVENTS, RUNS, STEPS, CONCURRENT_RUNS, CALLS, COST = "events", "runs", "steps", "concurrent_runs", "calls", "cost"
METRICS = (EVENTS, RUNS, STEPS, CONCURRENT_RUNS, CALLS, COST)
METERED = (STEPS, CALLS, COST)
"""What a run uses while it works. It is spent in the transaction that begins the step."""
