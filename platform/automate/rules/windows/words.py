"""The words of rules over time."""

from __future__ import annotations

RATE_LIMIT, DEBOUNCE, THROTTLE, COUNT, ABSENCE = "rate_limit", "debounce", "throttle", "count", "absence"
WINDOWED = (RATE_LIMIT, DEBOUNCE, THROTTLE, COUNT, ABSENCE)
"""The options that remember something, and so have windows."""
FOLLOWED = (DEBOUNCE, ABSENCE)
"""Those that a timer fires: while it is late, what comes after has a window of its own beside the one that is to fire."""
FIRED, ENDED, SUPERSEDED, DISABLED = "fired", "ended", "superseded", "disabled"
OUTCOMES = ("", FIRED, ENDED, SUPERSEDED, DISABLED)
"""How a window ended. fired: its run was started. ended: what an absence waited for came. superseded: its rule says something
else by now. disabled: its rule or workflow was switched off, or deleted. One that lapsed is removed."""
