"""The values that the columns of schedules and ticks can have."""

from __future__ import annotations

TICK_TYPE = "schedule.tick"
"""The default type of a tick's event."""
ALLOW, SKIP, QUEUE = "allow", "skip", "queue"
OVERLAPS = (ALLOW, SKIP, QUEUE)
"""The treatment of a tick while runs of an earlier tick are open. The tick is made, is skipped, or waits until
the runs end."""
COLLAPSE, EACH = "collapse", "each"
CATCH_UPS = (COLLAPSE, EACH)
"""The treatment of several late ticks. They make one event together, or one event each."""
CATCH_UP_SECONDS = 86_400
"""The default of how late a tick may be. After an outage of one night, a tick is still made."""
MADE, SKIPPED, MISSED = "made", "skipped", "missed"
OUTCOMES = (MADE, SKIPPED, MISSED)
