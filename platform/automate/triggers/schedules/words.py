"""The values of schedules' columns."""

from __future__ import annotations

TICK_TYPE = "schedule.tick"
"""The default type of a tick's event."""
ALLOW, SKIP, QUEUE = "allow", "skip", "queue"
OVERLAPS = (ALLOW, SKIP, QUEUE)
"""For a tick while runs of an earlier tick are open: make it, skip it, or wait until the runs end."""
COLLAPSE, EACH = "collapse", "each"
CATCH_UPS = (COLLAPSE, EACH)
"""For several late ticks: one event for all, or one event each."""
MADE, SKIPPED, MISSED = "made", "skipped", "missed"
OUTCOMES = (MADE, SKIPPED, MISSED)
