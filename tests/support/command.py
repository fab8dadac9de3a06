"""``automate`` as a person calls it, in this process: its status and what it said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass

import pytest


@dataclass(frozen=True)
class Done:
    """status: as a shell sees it."""

    status: int
    out: str
    err: str


Command = Callable[..., Done]


def command_of(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    """Runs ``automate`` with the given arguments."""
    from automate.cli import main

    def automate(*arguments: str) -> Done:
        monkeypatch.setattr(sys, "argv", ["automate", *arguments])
        with pytest.raises(SystemExit) as ended:
            main()
        said = capsys.readouterr()
        code = ended.value.code
        if isinstance(code, str):  # Python prints it and ends with 1
            return Done(1, said.out, f"{said.err}{code}\n")
        return Done(code or 0, said.out, said.err)

    return automate
