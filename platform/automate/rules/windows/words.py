"""The names of options and outcomes of windows."""

from __future__ import annotations

RATE_LIMIT, DEBOUNCE, THROTTLE, COUNT, ABSENCE = "rate_limit", "debounce", "throttle", "count", "absence"
WINDOWED = (RATE_LIMIT, DEBOUNCE, THROTTLE, COUNT, ABSENCE)
"""The options that have windows."""
FOLLOWED = (DEBOUNCE, ABSENCE)
"""Options whose windows end by a timer. While a timer is late, later matches have a window of their own."""
FIRED, ENDED, SUPERSEDED, DISABLED = "fired", "ended", "superseded", "disabled"
OUTCOMES = ("", FIRED, ENDED, SUPERSEDED, DISABLED)
"""How a window ended. fired: its run started. ended: the event of an absence came. superseded: the rule was changed.
disabled: the rule or workflow was disabled or deleted. Expired windows are deleted without outcome.
"""
TURN = THROTTLE
"""The cause for which the job of a run waits for its turn in a window."""
