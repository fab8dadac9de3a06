"""Eight requests of one tenant that hang in the database hold up neither another tenant nor the health check."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from http import HTTPStatus

import psycopg
import pytest
from psycopg import sql

from bench.figure import percentile
from tests.faults.conftest import MakeScene, Scene
from tests.support.processes import TENANT

HOGS = 8
OTHER = "globex"
LISTED = "{ workflows(first: 1) { edges { node { id } } } }"
STEADY = "{ runs(first: 20) { edges { node { id state } } } }"
SAMPLES, PERIOD_SECONDS = 60, 0.05
TWINS_SAMPLES = 20
"""Of the sabotaged twin, where each takes seconds."""
HEALTH_MS, FACTOR = 250.0, 3.0
NOISE_MS = 50.0
"""What a busy machine alone may add."""
CONNECTIONS = "22"


@dataclass
class Timed:
    """Milliseconds of each answer. refused: how many answers were no 200."""

    listed: list[float] = field(default_factory=list)
    health: list[float] = field(default_factory=list)
    refused: int = 0

    def p95(self) -> float:
        return percentile(sorted(self.listed), 0.95)


def timed(port: int, method: str, path: str, body: str | None = None, token: str = "") -> tuple[float, bool]:
    """How long the answer took, and whether it was a refusal."""
    headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
    began = time.perf_counter()
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request(method, path, body, headers)
        response = connection.getresponse()
        response.read()
    finally:
        connection.close()
    return 1_000 * (time.perf_counter() - began), response.status != HTTPStatus.OK


def measured(port: int, token: str, samples: int = SAMPLES) -> Timed:
    """A health check and a page each period. Latencies count from when a request was due, so that no wait hides another."""
    found, began = Timed(), time.perf_counter()
    for n in range(samples):
        due = began + n * PERIOD_SECONDS
        time.sleep(max(0.0, due - time.perf_counter()))
        late = 1_000 * max(0.0, time.perf_counter() - due)
        checked, unhealthy = timed(port, "GET", "/healthz")
        listed, refused = timed(port, "POST", "/graphql", json.dumps({"query": STEADY}), token)
        found.health.append(late + checked)
        found.listed.append(late + listed)
        found.refused += unhealthy + refused
    return found


@contextmanager
def hogging(scene: Scene, port: int) -> Iterator[None]:
    """Eight connections of the first tenant that ask for a table which a transaction has locked, again and again."""
    stop = threading.Event()
    token = scene.platform.database.tokens[TENANT]
    schema = scene.books.column(f"SELECT schema_name FROM public.tenant WHERE slug = '{TENANT}'")[0]

    def hog() -> None:
        while not stop.is_set():
            connection = http.client.HTTPConnection("127.0.0.1", port, timeout=60)
            headers = {"content-type": "application/json", "authorization": f"Bearer {token}"}
            connection.request("POST", "/graphql", json.dumps({"query": LISTED}), headers)
            connection.getresponse().read()
            connection.close()

    with psycopg.connect(scene.platform.database.superuser_url) as locker:
        locker.execute(sql.SQL("LOCK TABLE {} IN ACCESS EXCLUSIVE MODE").format(sql.Identifier(schema, "workflow")))
        hogs = [threading.Thread(target=hog) for _ in range(HOGS)]
        for thread in hogs:
            thread.start()
        waiting = (
            "SELECT count(*) FROM pg_stat_activity WHERE wait_event_type = 'Lock' AND datname = current_database()"
        )
        scene.platform.until(lambda: scene.books.count(waiting) > 0, 10, "the hogs to wait for the lock")
        try:
            yield
        finally:
            stop.set()
            locker.rollback()
            for thread in hogs:
                thread.join()


def measure(scene: Scene, samples: int = SAMPLES) -> tuple[Timed, Timed]:
    """The other tenant's requests and health checks without the hogs, and beside them."""
    port = scene.platform.port
    other = scene.platform.database.tokens[OTHER]
    alone = measured(port, other)
    with hogging(scene, port):
        return alone, measured(port, other, samples)


@pytest.mark.slow
def test_one_tenant_holds_up_no_other(make_scene: MakeScene) -> None:
    alone, beside = measure(make_scene(AUTOMATE_DATABASE_POOL_SIZE=CONNECTIONS))
    assert beside.refused == 0
    assert beside.p95() <= max(FACTOR * alone.p95(), NOISE_MS)
    # Each answer, not most of them; a machine that stalls stalls the first half as well.
    assert max(beside.health) <= max(HEALTH_MS, 2 * max(alone.health))


@pytest.mark.slow
@pytest.mark.long
def test_without_shares_one_tenant_holds_up_all(make_scene: MakeScene) -> None:
    """The sabotaged twin: a web that knows no shares, and answers health checks in the threads of all."""
    scene = make_scene(AUTOMATE_DATABASE_POOL_SIZE=CONNECTIONS)
    scene.platform.end("web")
    scene.platform.start("web", sabotage="web_shares_nothing")
    scene.platform.await_ready("web")
    alone, beside = measure(scene, TWINS_SAMPLES)
    assert beside.p95() > max(FACTOR * alone.p95(), NOISE_MS)
    assert max(beside.health) > HEALTH_MS
