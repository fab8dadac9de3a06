"""Names of event types."""

from __future__ import annotations

from automate.kernel.limits import LIMITS
from automate.kernel.text import EVENT_TYPE, check_pattern

WANTED = f"1 to {LIMITS.text_characters} letters, digits and characters of _ . : / -"


def check_name(name: str) -> str:
    """Check the name of an event type, and return the name. Raises BAD_USER_INPUT."""
    return check_pattern(name, EVENT_TYPE, path=["name"], wanted=WANTED)
