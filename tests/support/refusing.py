"""A connector that refuses each call in the words of its input, so that errors differ as those of different causes do."""

from __future__ import annotations

from actors.connectors.base import Call, ConnectorError
from tests.support.plane import Scripted

WORDS = (
    "apple", "birch", "cedar", "daisy", "elder", "fern", "grass", "hazel", "iris", "jasmine", "kale", "lilac",
)  # fmt: skip


def refusing() -> Scripted:
    return Scripted(acts=(_refuse,))


def _refuse(call: Call) -> ConnectorError:
    return ConnectorError("CONNECTOR_REFUSED", f"There is no {call.input['word']} here.", arrived=False)
