"""Limit A's payload, so that both move the same bytes, and the body of a POST step."""

PAYLOAD = {"order": {"id": 12345, "amount": 4200, "currency": "EUR", "customer": "c_9182", "lines": [1, 2, 3]}}
POSTED = {"order": 12345, "amount": 4200}
