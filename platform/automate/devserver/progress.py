"""Shows the progress of work that takes more than a second."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

WAIT_SECONDS = 1.0
"""Shorter work needs no progress bar."""
LINE_SECONDS = 10.0
"""The interval of lines without a terminal: a log of minutes stays short and shows progress."""


@dataclass
class BlockProgress:
    """The progress of a block of code."""

    what: str
    console: Console
    total: int | None = None
    done: int = 0
    _bar: Progress | None = None
    _said: float = field(default_factory=time.monotonic)

    def advance(self) -> None:
        self.reached(self.done + 1, self.total)

    def reached(self, done: int, total: int | None) -> None:
        """Report how many items are finished. ``total`` is the number of all items, or None if the number is unknown."""
        self.done, self.total = done, total
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total, description=str(self))
        elif total is not None and done < total and time.monotonic() - self._said >= LINE_SECONDS:
            self._said = time.monotonic()
            self.console.print(str(self), markup=False)

    def __str__(self) -> str:
        return f"{self.what}: {self.done:,} of {self.total:,}" if self.total and self.total > 1 else self.what


@contextmanager
def waiting(what: str, total: int | None = None, *, console: Console) -> Iterator[BlockProgress]:
    """Show a progress bar if the block takes longer than a second. Printed lines appear above the bar."""
    if not console.is_terminal:
        yield BlockProgress(what, console, total)
        return
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    )  # fmt: skip
    work = BlockProgress(what, console, total, _bar=bar)
    bar.add_task(str(work), total=total)
    timer = threading.Timer(WAIT_SECONDS, bar.start)
    timer.daemon = True
    timer.start()
    try:
        yield work
    finally:
        timer.cancel()
        timer.join()
        bar.stop()
