"""What is seen of work that takes more than a second: a bar on a terminal, now and then a plain line elsewhere."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

WAIT_SECONDS = 1.0
"""What takes less is over before anybody wonders."""
LINE_SECONDS = 10.0
"""Without a terminal, how long nothing is said: a log of minutes stays short, and shows that something moves."""


@dataclass
class Work:
    """What a block reports to while it works. All of it may be called as often as one likes."""

    what: str
    console: Console
    total: int | None = None
    done: int = 0
    _bar: Progress | None = None
    _said: float = field(default_factory=time.monotonic)

    def advance(self) -> None:
        self.reached(self.done + 1, self.total)

    def reached(self, done: int, total: int | None) -> None:
        """So many are done, of so many, where that is known by now."""
        self.done, self.total = done, total
        if self._bar is not None:
            self._bar.update(self._bar.task_ids[0], completed=done, total=total, description=str(self))
        elif total is not None and done < total and time.monotonic() - self._said >= LINE_SECONDS:
            self._said = time.monotonic()
            self.console.print(str(self), markup=False)

    def __str__(self) -> str:
        return f"{self.what}: {self.done:,} of {self.total:,}" if self.total and self.total > 1 else self.what


@contextmanager
def waiting(what: str, total: int | None = None, *, console: Console) -> Iterator[Work]:
    """A bar with the time that has passed, once the block has taken a second; it leaves nothing behind.

    Lines that are printed meanwhile go above the bar, where they are printed through the same console.
    """
    if not console.is_terminal:
        yield Work(what, console, total)
        return
    bar = Progress(
        SpinnerColumn(), TextColumn("{task.description}", markup=False), BarColumn(), TimeElapsedColumn(),
        console=console, transient=True,
    )  # fmt: skip
    work = Work(what, console, total, _bar=bar)
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
