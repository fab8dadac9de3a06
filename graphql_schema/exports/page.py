"""One page of an export."""

from __future__ import annotations

from dataclasses import dataclass

from automate.kernel.limits import Limits

MOST_ROWS = Limits().page_size


@dataclass(frozen=True)
class ExportPage:
    """One page of an export."""

    jsonl: bytes
    """Whole lines."""
    cursor: str | None
    """The position after the page; None before the first record."""
    more: bool
    """Whether further records follow at once."""
    rows: int = MOST_ROWS
    """The maximum of lines for the next page."""
