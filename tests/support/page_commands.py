"""Pages whose commands are run at a terminal, one after another."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

from tests.support.console import matches, told
from tests.support.installations import Installation
from tests.support.terminal import Terminal

NAMED = re.compile(r"[Aa]s `([\w.]+)`:\n\n```\w+\n(.*?)```", re.DOTALL)
"""A file that the page says how to write."""


def run_page(page: str, files: list[str], folder: Path, prepare: Callable[[Terminal, Installation], None]) -> None:
    """Run all commands of a page. Each must succeed and print what the page says.

    - ``files``: the names of the files that the page says how to write.
    """
    commands, texts = told(page), dict(NAMED.findall(page))
    assert list(texts) == files
    with Installation(folder / "home") as running:
        running.await_ready()
        with closing(Terminal(running, folder / "work")) as terminal:
            prepare(terminal, running)
            for name, text in texts.items():
                (terminal.folder / name).write_text(text)
            done = terminal.run(*(one.command for one in commands))
    for one, (status, said) in zip(commands, done, strict=True):
        assert status == 0, (one.command, said)
        assert matches(said, one.lines), (one.command, said)


def name_port(terminal: Terminal, running: Installation) -> None:
    terminal.environ["AUTOMATE_PORT"] = str(running.port)
