"""Prints output while an installation starts."""

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
    """Prints lines immediately. Prints nothing more after the terminal is closed."""

    def __init__(self) -> None:
        self._rich = Console(highlight=False, soft_wrap=True) if sys.stdout.isatty() else None

    def line(self, text: str, style: str = "") -> None:
        try:
            if self._rich is not None:
                self._rich.print(Text(text, style=style))
            else:
                print(text, flush=True)  # noqa: T201 - the command's output
        except OSError:  # the terminal or the pipe is closed
            self._fall_silent()

    def step(self, text: str) -> None:
        """Print one indented line about progress."""
        self.line(f"  {text}")

    @contextmanager
    def waiting(self, what: str) -> Iterator[None]:
        """Show a progress bar if the block takes longer than a second."""
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
        """Print a few important lines. On a terminal, a frame surrounds them."""
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
