"""(g) New tenants over HTTP on the running system: from the platform's call to the tenant's first accepted event."""

from __future__ import annotations

import http.client
import json
import time
from typing import Any

from tenants.platform_tokens import issue_platform_token

MAKE = """
mutation($tenants: [TenantInput!]!) {
  upsertTenants(input: {tenants: $tenants}) { tenants { slug token } errors { code message retryable } }
}
"""
FIRST_EVENT = """
mutation { ingestEvent(input: {type: "tenant.ready", payload: {n: 1}}) { outcome errors { code message } } }
"""


def ready_seconds(port: int, prefix: str, count: int) -> list[float]:
    """The seconds for each of count new tenants, one after another, including the wait for a missing spare schema.

    prefix: of the slugs. Raises AssertionError unless each tenant's first event is accepted as new.
    """
    platform = issue_platform_token("bench")
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
    taken = []
    for number in range(count):
        started = time.perf_counter()
        token = _made(connection, platform, f"{prefix}-{number}")
        told = _asked(connection, token, FIRST_EVENT, {})["ingestEvent"]
        assert told == {"outcome": "NEW", "errors": []}, told
        taken.append(time.perf_counter() - started)
    connection.close()
    return taken


def _made(connection: http.client.HTTPConnection, platform: str, slug: str) -> str:
    """The token of a new tenant. As a client would, it repeats the call while the platform asks for a retry."""
    wanted = {"tenants": [{"externalId": slug, "slug": slug, "name": slug}]}
    while True:
        told = _asked(connection, platform, MAKE, wanted)["upsertTenants"]
        if not told["errors"]:
            return str(told["tenants"][0]["token"])
        assert all(error["code"] == "UNAVAILABLE" for error in told["errors"]), told


def _asked(connection: http.client.HTTPConnection, token: str, query: str, variables: dict[str, Any]) -> dict[str, Any]:
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    connection.request("POST", "/graphql", json.dumps({"query": query, "variables": variables}), headers)
    answer = json.loads(connection.getresponse().read())
    assert "errors" not in answer, answer
    data: dict[str, Any] = answer["data"]
    return data
