"""A connector's error table, held against the errors that it really raises."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from actors.connectors.base import Connector, ConnectorError
from tests.support.outbound import LOOPBACK, call


def row_of(connector: Connector, error: ConnectorError) -> str:
    """The name of the row that the error is of; it keeps what the row says."""
    name = str(error.details["failure"])
    row = connector.spec.failure(name)
    assert row is not None, f"{name} stands in no row of {connector.spec.name}"
    assert error.code == row.code
    assert row.may_have_arrived or not error.arrived
    return row.name


async def failure_of(
    connector: Connector, given: Mapping[str, Any], *, timeout_seconds: float = 5.0, allowed: Any = LOOPBACK
) -> ConnectorError:
    with pytest.raises(ConnectorError) as caught:
        await connector.call(call(given, allowed=allowed, timeout_seconds=timeout_seconds))
    row_of(connector, caught.value)
    return caught.value
