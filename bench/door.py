"""(c) Accepted webhooks per second over HTTP, and (d) the time from a single webhook to its finished run."""

from __future__ import annotations

import http.client
import json
import multiprocessing
import time
import uuid
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any

from automate.kernel.limits import LIMITS
from automate.kernel.sql import fetch
from automate.kernel.tenancy import TenantRef, acting_for
from automate.rules.services import save_rule
from automate.triggers.sources import save_source
from bench.tenant import log_step, set_up
from bench.tenant_payload import PAYLOAD

CLIENTS = 2
CONNECTIONS_PER_CLIENT = 8
IDLE_SECONDS = 0.08
HEADERS = {"content-type": "application/json"}


def set_up_sources(tenant: TenantRef) -> None:
    """The source ``flood``, whose events match no rule, and the source ``lone``, whose events start a run of one step."""
    # The highest limits of a source, so that the web process is the bottleneck.
    intake: Any = {"rate_limit": {"per_second": LIMITS.source_per_second, "burst": LIMITS.source_burst}}
    with acting_for(tenant):
        for slug in ("flood", "lone"):
            save_source(slug=slug, scheme="UNSIGNED", secrets=None, options=None, intake=intake, expected_revision=None)
    set_up(tenant, "lone", [log_step("s0")])
    when: Any = {"==": [{"var": "source"}, "lone"]}
    with acting_for(tenant):
        save_rule(slug="lone", name="lone", workflow="lone", when=when, expected_revision=None)


def _send(port: int, path: str, seconds: float, accepted: multiprocessing.Queue[int]) -> None:
    """One client process: a few keep-alive connections in turn, each with a request in flight."""
    connections = [http.client.HTTPConnection("127.0.0.1", port) for _ in range(CONNECTIONS_PER_CLIENT)]
    body = json.dumps(PAYLOAD)
    end, done = time.perf_counter() + seconds, 0
    for connection in connections:
        connection.request("POST", path, body, HEADERS)
    while time.perf_counter() < end:
        for connection in connections:
            answer = connection.getresponse()
            answer.read()
            done += answer.status == HTTPStatus.ACCEPTED
            connection.request("POST", path, body, HEADERS)
    for connection in connections:
        answer = connection.getresponse()
        answer.read()
        done += answer.status == HTTPStatus.ACCEPTED
        connection.close()
    accepted.put(done)


@dataclass(frozen=True)
class Accepted:
    """Webhooks that got a 202."""

    count: int
    per_second: float


def accepted_webhooks(port: int, tenant: TenantRef, source: str, seconds: float) -> Accepted:
    """Send webhooks as fast as they are answered. Raises AssertionError unless the database has an event for each."""
    before = _events(tenant, source)
    queue: multiprocessing.Queue[int] = multiprocessing.Queue()
    arguments = (port, f"/t/{tenant.slug}/hooks/{source}", seconds, queue)
    clients = [multiprocessing.Process(target=_send, args=arguments) for _ in range(CLIENTS)]
    started = time.perf_counter()
    for client in clients:
        client.start()
    accepted = sum(queue.get() for _ in clients)
    for client in clients:
        client.join()
    spent = time.perf_counter() - started
    assert _events(tenant, source) - before == accepted, "an accepted webhook is missing"
    return Accepted(accepted, accepted / spent)


def _events(tenant: TenantRef, source: str) -> int:
    with acting_for(tenant):
        ((count,),) = fetch(
            "SELECT count(*) FROM event e JOIN source s ON s.id = e.source_id WHERE s.slug = %s", [source]
        )
    return int(count)


LATENCIES = """
SELECT extract(epoch FROM r.finished_at - e.received_at) * 1000 FROM execution_run r JOIN event e ON e.id = r.event_id
WHERE e.id = ANY (%s) AND r.state = 'succeeded'
"""


def idle_latencies(port: int, tenant: TenantRef, source: str, count: int) -> list[float]:
    """Milliseconds from an event's acceptance to its run's end by Postgres's clock, one webhook at a time."""
    connection = http.client.HTTPConnection("127.0.0.1", port)
    ids: list[uuid.UUID] = []
    for _ in range(count):
        connection.request("POST", f"/t/{tenant.slug}/hooks/{source}", json.dumps(PAYLOAD), HEADERS)
        answer = json.loads(connection.getresponse().read())
        ids.append(uuid.UUID(answer["event_id"]))
        time.sleep(IDLE_SECONDS)
    connection.close()
    deadline = time.monotonic() + 10
    with acting_for(tenant):
        while len(found := [float(ms) for (ms,) in fetch(LATENCIES, [ids])]) < count:
            assert time.monotonic() < deadline, f"{len(found)} of {count} lone webhooks became finished runs"
            time.sleep(0.05)
    return sorted(found)
