"""Connectors for the soak: HTTP calls that are unsafe to repeat, idempotent, or deadly for their worker."""

from __future__ import annotations

import os
import signal
from collections.abc import MutableMapping
from dataclasses import replace
from pathlib import Path
from typing import Any, Literal, cast

from actors.connectors.base import Call, Connector
from actors.connectors.registry import CONNECTORS
from automate.kernel.json_values import as_object

UNSAFE, IDEMPOTENT, DEADLY = "http.unsafe", "http.idempotent", "http.deadly"
HTTP = "http.request"


class _Twin:
    """The same calls with another declaration of repeatability."""

    def __init__(self, name: str, effect: Literal["idempotent", "keyed", "unsafe"]) -> None:
        http = CONNECTORS[HTTP]
        self.spec = replace(http.spec, name=name, effect=effect)
        self.inline = False
        self.call = http.call


class _Deadly(_Twin):
    """Ends its process until a person has fixed the cause for its event."""

    def __init__(self) -> None:
        super().__init__(DEADLY, "keyed")
        self.call = self._call_or_die

    async def _call_or_die(self, call: Call) -> Any:
        body: dict[str, Any] = as_object(call.input["json"])
        if not mended_mark(Path(os.environ["AUTOMATE_HOME"]), int(body["n"])).exists():
            os.kill(os.getpid(), signal.SIGKILL)
        return await CONNECTORS[HTTP].call(call)


def mended_mark(home: Path, n: int) -> Path:
    """The file whose existence stops the event with this number from killing workers."""
    return home / "mended" / str(n)


def register() -> None:
    registry = cast("MutableMapping[str, Connector]", CONNECTORS)
    registry[UNSAFE] = _Twin(UNSAFE, "unsafe")
    registry[IDEMPOTENT] = _Twin(IDEMPOTENT, "idempotent")
    registry[DEADLY] = _Deadly()
