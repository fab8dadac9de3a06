"""Texts that describe the entries of a run log. All queries that read a timeline use these texts."""

from __future__ import annotations

from automate.effects.states import COMPENSATION_ITEM


def message_of(  # noqa: PLR0917 - the parts of a sentence
    step_key: str, item: int, attempt: int | str | None, from_state: str, to_state: str, reason: str
) -> str:
    """Return a sentence that describes a transition."""
    who = f"{_part(step_key, item)}, attempt {attempt}" if step_key else "The run"
    where = f"from {from_state} to {to_state}" if from_state else f"to {to_state}"
    return f"{who} went {where}{f': {reason}' if reason else ''}."


def _part(step_key: str, item: int) -> str:
    if item == COMPENSATION_ITEM:
        return f"The compensation of step {step_key}"
    return f"Step {step_key}" if item < 0 else f"Item {item} of step {step_key}"


def item_of(stored: int) -> int | None:
    """Return the position of an item, or None if there is no item.

    ``stored`` is the value of the column ``item``. A negative value means that there is no item.
    """
    return stored if stored >= 0 else None
