"""What goes over the wire as one tenant, and what comes back as text: for a search, nothing may be parsed away."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import httpx2

from automate.kernel.errors import Json, NormalizedError
from automate.project.client.target import is_loopback

SECONDS = 30.0
MOST_WAITS = 20


@dataclass(frozen=True)
class Request:
    """body: None for none. token: empty for no one."""

    method: str
    url: str
    body: Json = None
    token: str = ""
    headers: Mapping[str, str] | None = None

    def spelled(self) -> str:
        """To repeat it, without the token."""
        parts = [f"curl -X {self.method} {self.url}"]
        if self.token:
            parts.append("-H 'Authorization: Bearer <token of the prober>'")
        if self.body is not None:
            parts.append("-H 'Content-Type: application/json' -d " + repr(json.dumps(self.body)))
        return " ".join(parts)


@dataclass(frozen=True)
class Answer:
    request: Request
    status: int
    text: str

    def json(self) -> Any:
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def code(self) -> str:
        """The code of the first error of the request itself; empty where there is none."""
        answer = self.json()
        errors = answer.get("errors") if isinstance(answer, dict) else None
        return str(errors[0].get("extensions", {}).get("code", "")) if errors else ""


class Wire:
    """Requests to one installation. url: its scheme, host and port."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.requests = 0
        self._client = httpx2.Client(timeout=SECONDS, trust_env=not is_loopback(url), follow_redirects=False)

    def close(self) -> None:
        self._client.close()

    def graphql(self, token: str, document: str, variables: Mapping[str, Json] | None = None) -> Answer:
        body = {"query": document, "variables": dict(variables or {})}
        for _ in range(MOST_WAITS):
            answer = self.send(Request("POST", f"{self.url}/graphql", body, token))
            if answer.code() != "RATE_LIMITED" or "data" in (answer.json() or {}):
                return answer
            time.sleep(answer.json()["errors"][0]["extensions"]["details"].get("retry_after_seconds", 1))
        raise NormalizedError(
            "RATE_LIMITED", "The prober gets no points any more. Raise AUTOMATE_API_POINTS_PER_SECOND."
        )

    def send(self, request: Request) -> Answer:
        """Raises NormalizedError UNAVAILABLE where nothing answers."""
        headers = {"Accept": "application/json", **(request.headers or {})}
        if request.token:
            headers["Authorization"] = f"Bearer {request.token}"
        content = None if request.body is None else json.dumps(request.body).encode()
        if content is not None:
            headers.setdefault("Content-Type", "application/json")
        self.requests += 1
        try:
            response = self._client.request(request.method, request.url, content=content, headers=headers)
        except httpx2.HTTPError as error:
            raise NormalizedError("UNAVAILABLE", f"{request.url} did not answer: {error}.") from None
        # A cookie of one answer would be sent with later requests of others.
        self._client.cookies.clear()
        heads = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        return Answer(
            request, response.status_code, f"{response.text}\n{heads}" if request.method != "POST" else response.text
        )

    def listened(self, token: str, document: str, variables: Mapping[str, Json], seconds: float) -> Answer:
        """All that a subscription sends within a time, over server-sent events."""
        request = Request(
            "POST", f"{self.url}/graphql/stream", {"query": document, "variables": dict(variables)}, token
        )
        headers = {
            "Authorization": f"Bearer {token}",
            "Accept": "text/event-stream",
            "Content-Type": "application/json",
        }
        self.requests += 1
        until, lines, status = time.monotonic() + seconds, list[str](), 0
        try:
            with (
                httpx2.Client(timeout=seconds, trust_env=not is_loopback(self.url)) as client,
                client.stream(
                    "POST", request.url, content=json.dumps(request.body).encode(), headers=headers
                ) as response,
            ):
                status = response.status_code
                for line in response.iter_lines():
                    lines.append(line)
                    if time.monotonic() > until:
                        break
        except httpx2.TimeoutException:
            pass
        except httpx2.HTTPError as error:
            raise NormalizedError("UNAVAILABLE", f"{request.url} did not answer: {error}.") from None
        return Answer(request, status, "\n".join(lines))
