"""Pages and details over GraphQL, as a client reads them: in turn, over a few keep-alive connections."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import time
from dataclasses import dataclass
from http import HTTPStatus

from automate.kernel.tenancy import TenantRef, acting_for_platform
from tenants.models import Tenant
from tenants.tokens import mint

CONNECTIONS = 4
RUN = "id state createdAt trigger: event { id type } steps { key state reason error { code message } }"
DOCUMENTS = (
    f"{{ runs(first: 50) {{ pageInfo {{ hasNextPage endCursor }} edges {{ node {{ {RUN} }} }} }} }}",
    "{ events(first: 50) { pageInfo { hasNextPage endCursor } edges { node { id type receivedAt subject payload } } } }",
    f"{{ runs(first: 1) {{ edges {{ node {{ {RUN} effects(first: 10) {{ id state }} }} }} }} }}",
)
"""A page of runs with their steps, a page of events with payloads, and one run in detail."""


@dataclass(frozen=True)
class Answered:
    """Completely answered requests."""

    count: int
    per_second: float


def token_of(tenant: TenantRef) -> str:
    """A token with all read permissions."""
    with acting_for_platform("a token for the bench"):
        token, row = mint(Tenant.objects.get(id=tenant.id), "bench", "owner")
        row.save()
    return token


def _ask(port: int, token: str, seconds: float, answered: multiprocessing.Queue[int]) -> None:
    """One client process. Puts its number of answers into the queue, or raises if one has errors."""
    connections = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(CONNECTIONS)]
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    bodies = [json.dumps({"query": document}) for document in DOCUMENTS]
    end, sent, done = time.perf_counter() + seconds, 0, 0

    def ask(connection: http.client.HTTPConnection) -> None:
        nonlocal sent
        connection.request("POST", "/graphql", bodies[sent % len(bodies)], headers)
        sent += 1

    def hear(connection: http.client.HTTPConnection) -> None:
        nonlocal done
        answer = connection.getresponse()
        content = answer.read()
        assert answer.status == HTTPStatus.OK, content
        assert b'"errors"' not in content, content[:500]
        done += 1

    for connection in connections:
        ask(connection)
    while time.perf_counter() < end:
        for connection in connections:
            hear(connection)
            ask(connection)
    for connection in connections:
        hear(connection)
        connection.close()
    answered.put(done)


def answered_reads(port: int, token: str, seconds: float) -> Answered:
    """Send requests as fast as web answers. Raises AssertionError if an answer has errors."""
    queue: multiprocessing.Queue[int] = multiprocessing.Queue()
    client = multiprocessing.Process(target=_ask, args=(port, token, seconds, queue))
    started = time.perf_counter()
    client.start()
    client.join()
    spent = time.perf_counter() - started
    assert client.exitcode == 0, "a read was refused; see the output above"
    count = queue.get()
    return Answered(count, count / spent)
