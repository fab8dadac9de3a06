"""One page of an export."""

from __future__ import annotations

from dataclasses import dataclass

from automate.kernel.limits import Limits

MOST_ROWS = Limits().page_size


@dataclass(frozen=True)
class ExportPage:
    """jsonl: whole lines. cursor: behind them; None where nothing was read yet. more: further records follow at once.
    rows: lines that the next page should have at most.
    """

    jsonl: bytes
    cursor: str | None
    more: bool
    rows: int = MOST_ROWS
