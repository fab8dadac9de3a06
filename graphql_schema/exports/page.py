"""One page of an export."""

from __future__ import annotations

from dataclasses import dataclass

from automate.kernel.limits import Limits

MOST_ROWS = Limits().page_size


@dataclass(frozen=True)
class ExportPage:
    """One page of an export: some records as lines of JSON."""

    jsonl: bytes
    """The records, each on a complete line."""
    cursor: str | None
    """The cursor after the page; None if there is no record yet."""
    more: bool
    """Whether the next page can be read immediately."""
    rows: int = MOST_ROWS
    """The maximum number of lines of the next page."""
