"""A client of REST over Django's own test client."""

from __future__ import annotations

import json
from dataclasses import dataclass, field
from typing import Any

from django.test import Client


@dataclass
class Rest:
    """token: whose requests these are; empty for no token."""

    token: str = ""
    client: Client = field(default_factory=lambda: Client(raise_request_exception=False))

    def send(self, method: str, path: str, body: Any = None, /, **headers: str) -> Any:
        """body: bytes as they are, anything else as JSON; None for no body. Names of headers have underscores."""
        sent = {name.replace("_", "-"): value for name, value in headers.items()}
        if self.token:
            sent.setdefault("Authorization", f"Bearer {self.token}")
        data = body if isinstance(body, bytes) else b"" if body is None else json.dumps(body).encode()
        content_type = sent.pop("Content-Type", "application/json")
        return self.client.generic(method, f"/api/v1{path}", data, content_type, headers=sent)

    def get(self, path: str, /, **headers: str) -> Any:
        return self.send("GET", path, **headers)

    def post(self, path: str, body: Any, /, **headers: str) -> Any:
        return self.send("POST", path, body, **headers)

    def data(self, path: str) -> Any:
        """The body of a GET that must succeed."""
        response = self.get(path)
        assert response.status_code == 200, response.content
        return response.json()


def refusal(response: Any) -> tuple[int, str, dict[str, str] | None]:
    """Status, code and source of an error, whose body must be whole."""
    body = response.json()
    assert response["Content-Type"] == "application/json"
    assert set(body) == {"code", "message", "details", "trace_id", "retryable", "source"}
    assert body["trace_id"] == response["X-Trace-Id"]
    return response.status_code, body["code"], body["source"]
