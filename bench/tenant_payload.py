"""Limit A's payload, so that both move the same bytes, and the body of a POST step."""

from typing import Any

PAYLOAD: dict[str, Any] = {
    "order": {"id": 12345, "amount": 4200, "currency": "EUR", "customer": "c_9182", "lines": [1, 2, 3]}
}
POSTED: dict[str, Any] = {"order": 12345, "amount": 4200}
