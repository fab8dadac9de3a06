"""A small GraphQL client, as any customer would write one: a token, documents, variables."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, final

import httpx2

from automate.kernel.errors import CODES, NormalizedError

SECONDS = 10.0


def _refusal(what: str, error: Mapping[str, Any]) -> NormalizedError:
    code = str(error.get("code"))
    known = code if code in CODES else "INTERNAL"
    return NormalizedError(known, f"{what}: {error.get('message')}", details=error.get("details") or {})


@final
class Api:
    """Closes its connection at the end of a ``with``. Proxies of the environment are for the outside, not for loopback."""

    def __init__(self, url: str, token: str) -> None:
        self._url = url
        headers = {"Authorization": f"Bearer {token}"}
        self._client = httpx2.Client(headers=headers, timeout=SECONDS, trust_env=False)

    def __enter__(self) -> Api:
        return self

    def __exit__(self, *_exception: object) -> None:
        self._client.close()

    def query(self, document: str, variables: Mapping[str, Any]) -> dict[str, Any]:
        """The answer's ``data``. Raises NormalizedError with the answer's first error."""
        answer = self._client.post(self._url, json={"query": document, "variables": dict(variables)}).json()
        if errors := answer.get("errors"):
            raise _refusal("GraphQL", {**errors[0].get("extensions", {}), "message": errors[0]["message"]})
        data: dict[str, Any] = answer["data"]
        return data

    def mutate(self, document: str, values: Mapping[str, Any]) -> dict[str, Any]:
        """The payload of a document's only mutation. Raises NormalizedError with the payload's first error."""
        ((name, payload),) = self.query(document, {"input": dict(values)}).items()
        if payload["errors"]:
            raise _refusal(name, payload["errors"][0])
        result: dict[str, Any] = payload
        return result

    def post(self, url: str, body: bytes, headers: Mapping[str, str]) -> tuple[int, dict[str, Any]]:
        """Send a webhook, without the token: a sender has only its signature."""
        answer = httpx2.post(url, content=body, headers=dict(headers), timeout=SECONDS, trust_env=False)
        return answer.status_code, answer.json()
