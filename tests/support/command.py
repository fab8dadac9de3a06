"""``automate`` as a person calls it, in this process: its status and what it said."""

from __future__ import annotations

import sys
from collections.abc import Callable
from dataclasses import dataclass
from types import ModuleType, SimpleNamespace
from typing import Any

import pytest

from automate.kernel.errors import NormalizedError
from tests.support.api import Api


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


class InProcessClient:
    """The API without a network, as the command line calls it."""

    def __init__(self, api: Api) -> None:
        self._api = api

    def __enter__(self) -> InProcessClient:  # noqa: PYI034 - Python 3.10 has no Self
        return self

    def __exit__(self, *_: object) -> None:
        pass

    def query(self, document: str, variables: dict[str, Any]) -> Any:
        return self._api.data(document, **variables)

    def mutate(self, document: str, variables: dict[str, Any]) -> Any:
        (answer,) = self._api.data(document, input=variables).values()
        if answer["errors"]:
            raise NormalizedError(answer["errors"][0]["code"], answer["errors"][0]["message"])
        return answer


def let_ask(monkeypatch: pytest.MonkeyPatch, api: Api, *modules: ModuleType) -> None:
    """Commands of these modules ask this API, without a network."""
    for module in modules:
        monkeypatch.setattr(module, "chosen", lambda _tenant: SimpleNamespace())
        monkeypatch.setattr(module, "api_of", lambda _target: InProcessClient(api))
