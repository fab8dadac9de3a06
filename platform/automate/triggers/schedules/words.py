"""The words of schedules: what their columns may hold."""

from __future__ import annotations

TICK_TYPE = "schedule.tick"
"""The type of a tick's event, unless its schedule says another."""
ALLOW, SKIP, QUEUE = "allow", "skip", "queue"
OVERLAPS = (ALLOW, SKIP, QUEUE)
"""What a tick does while runs of an earlier one are open: comes all the same, is left out, or waits for their end."""
COLLAPSE, EACH = "collapse", "each"
CATCH_UPS = (COLLAPSE, EACH)
"""What becomes of several ticks that are late: the latest stands for all, or each comes."""
MADE, SKIPPED, MISSED = "made", "skipped", "missed"
OUTCOMES = (MADE, SKIPPED, MISSED)
