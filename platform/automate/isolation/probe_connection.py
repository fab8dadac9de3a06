"""Sends a tenant's requests. Answers stay raw text, because a parser could hide leaked data."""

from __future__ import annotations

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, TypeAlias
from urllib.parse import urlencode

import httpx2

from automate.client.target import is_loopback
from automate.kernel.errors import NormalizedError
from automate.kernel.json_values import JsonValue

SECONDS = 30.0
MOST_WAITS = 20
FLOWS = "/account/browser/v1/auth"
CSRF_COOKIE = "automate_csrf"
"""The end of the cookie's name."""


@dataclass(frozen=True)
class ProbeRequest:
    """A request."""

    method: str
    url: str
    body: object = None
    """JSON; None for no body."""
    token: str = ""
    """Empty for a caller without a token."""
    headers: Mapping[str, str] | None = None
    """Further headers, such as those of a session."""
    form: Mapping[str, str] | None = None
    """Form fields, which replace the body."""

    def as_curl(self) -> str:
        """Return the request as a curl command, without credentials."""
        parts = [f"curl -X {self.method} {self.url}"]
        if self.token:
            parts.append("-H 'Authorization: Bearer <token of the prober>'")
        if "Cookie" in (self.headers or {}):
            parts.append("-H 'Cookie: <session of the staff>'")
        if self.form is not None:
            parts.append("-d " + repr(urlencode(self.form)))
        elif self.body is not None:
            parts.append("-H 'Content-Type: application/json' -d " + repr(json.dumps(self.body)))
        return " ".join(parts)


AnswerBody: TypeAlias = Any
"""The JSON of an answer. typeshed types the result of ``json.loads`` as Any, and the probe's document decides its form."""


@dataclass(frozen=True)
class ProbeResponse:
    request: ProbeRequest
    status: int
    text: str

    def json(self) -> AnswerBody:
        try:
            return json.loads(self.text)
        except ValueError:
            return None

    def code(self) -> str:
        """Return the code of the first GraphQL error, or ""."""
        answer = self.json()
        errors = answer.get("errors") if isinstance(answer, dict) else None
        return str(errors[0].get("extensions", {}).get("code", "")) if errors else ""


class ProbeConnection:
    """A connection to one installation."""

    def __init__(self, url: str) -> None:
        self.url = url.rstrip("/")
        self.requests = 0
        self._client = httpx2.Client(timeout=SECONDS, trust_env=not is_loopback(url), follow_redirects=False)

    def close(self) -> None:
        self._client.close()

    def graphql(self, token: str, document: str, variables: Mapping[str, JsonValue] | None = None) -> ProbeResponse:
        """Execute a document. Raises RATE_LIMITED if the tenant has no API points even after waiting."""
        body = {"query": document, "variables": dict(variables or {})}
        for _ in range(MOST_WAITS):
            answer = self.send(ProbeRequest("POST", f"{self.url}/graphql", body, token))
            if answer.code() != "RATE_LIMITED" or "data" in (answer.json() or {}):
                return answer
            time.sleep(answer.json()["errors"][0]["extensions"]["details"].get("retry_after_seconds", 1))
        raise NormalizedError(
            "RATE_LIMITED", "The report has used up the API points of its tenant. Raise AUTOMATE_API_POINTS_PER_SECOND."
        )

    def send(self, request: ProbeRequest) -> ProbeResponse:
        """Send a request. Raises UNAVAILABLE if no answer arrives."""
        headers = {"Accept": "application/json", **(request.headers or {})}
        if request.token:
            headers["Authorization"] = f"Bearer {request.token}"
        content = None if request.body is None else json.dumps(request.body).encode()
        if request.form is not None:
            content = urlencode(request.form).encode()
            headers["Content-Type"] = "application/x-www-form-urlencoded"
        elif content is not None:
            headers.setdefault("Content-Type", "application/json")
        self.requests += 1
        try:
            response = self._client.request(request.method, request.url, content=content, headers=headers)
        except httpx2.HTTPError as error:
            raise NormalizedError("UNAVAILABLE", f"{request.url} did not answer: {error}.") from None
        # A cookie of one answer would be sent with later requests of other callers.
        self._client.cookies.clear()
        heads = "\n".join(f"{name}: {value}" for name, value in response.headers.items())
        return ProbeResponse(
            request, response.status_code, f"{response.text}\n{heads}" if request.method != "POST" else response.text
        )

    def signed_in(self, email: str, password: str) -> dict[str, str]:
        """Sign in, and return the headers of the session.

        Raises UNAVAILABLE if the server does not answer. Raises UNAUTHENTICATED for a wrong password.
        """
        with httpx2.Client(timeout=SECONDS, trust_env=not is_loopback(self.url)) as browser:
            try:
                browser.get(f"{self.url}{FLOWS}/session")
                headers = _session(browser, self.url)
                body = {"email": email, "password": password}
                answer = browser.post(f"{self.url}{FLOWS}/login", json=body, headers=headers)
            except httpx2.HTTPError as error:
                raise NormalizedError("UNAVAILABLE", f"{self.url} did not answer: {error}.") from None
            if not answer.is_success:
                raise NormalizedError(
                    "UNAUTHENTICATED",
                    f"{email} cannot sign in at {self.url}: the answer has status {answer.status_code}. Check the password.",
                )
            return _session(browser, self.url)

    def listened(self, token: str, document: str, variables: Mapping[str, JsonValue], seconds: float) -> ProbeResponse:
        """Subscribe for a number of seconds, and return everything that was received.

        Raises UNAVAILABLE if the server does not answer.
        """
        request = ProbeRequest(
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
        return ProbeResponse(request, status, "\n".join(lines))


def _session(browser: httpx2.Client, url: str) -> dict[str, str]:
    cookies = {cookie.name: cookie.value or "" for cookie in browser.cookies.jar}
    token = next((value for name, value in cookies.items() if name.endswith(CSRF_COOKIE)), "")
    sent = "; ".join(f"{name}={value}" for name, value in cookies.items())
    return {"Cookie": sent, "X-CSRFToken": token, "Referer": f"{url}/"}
