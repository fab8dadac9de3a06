"""Short ways to call the guard and the connectors in tests."""

from __future__ import annotations

import uuid
from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from actors.connectors.base import Call, ConnectorError
from actors.connectors.guard import Guard, OutboundRequest, OutboundResponse
from automate.kernel.tenancy import TenantRef, schema_of

LOOPBACK = ("127.0.0.0/8", "::1/128")
EVERYTHING = ("0.0.0.0/0", "::/0")
KEY = "k" * 64
TRACE_ID = "0af7651916cd43dd8448eb211c80319c"
TRACEPARENT = f"00-{TRACE_ID}-b7ad6b7169203331-01"
CAUSATION = "c" * 44


class Names:
    """A resolver of fixed answers, one list for each resolution; the last list stays. It counts its calls."""

    def __init__(self, *answers: Sequence[str]) -> None:
        self._answers = list(answers)
        self.calls = 0

    async def __call__(self, _host: str, _port: int) -> Sequence[str]:
        self.calls += 1
        return self._answers.pop(0) if len(self._answers) > 1 else self._answers[0]


def tenant() -> TenantRef:
    """One that stands in no table."""
    made = uuid.uuid4()
    return TenantRef(made, schema_of(made), "of-a-test")


async def fetch(guard: Guard, url: str, allowed: Sequence[str] = (), **changes: Any) -> OutboundResponse:
    given: dict[str, Any] = {"method": "GET", "headers": (), "body": b"", "timeout_seconds": 5.0, **changes}
    return await guard.send(OutboundRequest(url=url, allowed_networks=allowed, **given))


async def refusal(guard: Guard, url: str, allowed: Sequence[str] = (), **changes: Any) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        await fetch(guard, url, allowed, **changes)
    return caught.value


def call(given: Mapping[str, Any], allowed: Sequence[str] = LOOPBACK, timeout_seconds: float = 5.0) -> Call:
    return Call(given, KEY, TRACEPARENT, CAUSATION, timeout_seconds, allowed)
