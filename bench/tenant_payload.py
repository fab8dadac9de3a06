"""Limit A's own payload, so that both move the same bytes, and what a POST step makes of it."""

PAYLOAD = {"order": {"id": 12345, "amount": 4200, "currency": "EUR", "customer": "c_9182", "lines": [1, 2, 3]}}
POSTED = {"order": 12345, "amount": 4200}
