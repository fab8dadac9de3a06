"""What a person sees while an installation starts: styled on a terminal, plain lines everywhere else."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager

from rich.console import Console
from rich.panel import Panel
from rich.text import Text

from automate.devserver import progress


class Printer:
    """Prints lines as they happen. A terminal that has been closed must not keep the supervisor from ending cleanly."""

    def __init__(self) -> None:
        self._rich = Console(highlight=False, soft_wrap=True) if sys.stdout.isatty() else None

    def line(self, text: str, style: str = "") -> None:
        try:
            if self._rich is not None:
                self._rich.print(Text(text, style=style))
            else:
                print(text, flush=True)  # noqa: T201 - the command's output
        except OSError:  # the terminal or the pipe is gone
            self._fall_silent()

    def step(self, text: str) -> None:
        """One indented line of progress."""
        self.line(f"  {text}")

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """A bar on a terminal, should the block take longer than a second; nothing elsewhere."""
        with ExitStack() as bar:
            if self._rich is not None:
                bar.enter_context(progress.waiting(what, console=self._rich))
            try:
                yield
            finally:
                try:
                    bar.close()
                except OSError:
                    self._fall_silent()

    def box(self, title: str, lines: list[str]) -> None:
        """A few lines that a person looks for; a frame around them only on a terminal."""
        if self._rich is None:
            self.line(title)
            for text in lines:
                self.step(text)
            return
        try:
            self._rich.print(Panel(Text("\n".join(lines)), title=title, border_style="green", expand=False))
        except OSError:
            self._fall_silent()

    def _fall_silent(self) -> None:
        self._rich = None
        sys.stdout = open(os.devnull, "w", encoding="utf-8")  # noqa: SIM115, PTH123 - stays open until the process ends
