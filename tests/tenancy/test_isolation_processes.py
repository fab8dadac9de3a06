"""Eight tenants on the real processes at once: HTTP, a feed each over one transport or the other, and the worker's actors.
Nobody meets another.
"""

from __future__ import annotations

import asyncio
import json
import threading
import uuid
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import AsyncExitStack
from typing import Any

import pytest

from automate.client.api import Api
from automate.kernel.sql import fetch
from automate.kernel.tenancy import acting_for
from automate.project.reaching import LOOPBACK
from tests.support.api import MAIN_JOB
from tests.support.event_streams import Events, open_stream
from tests.support.isolation import marker_of
from tests.support.processes import Database, Platform
from tests.support.sockets import Socket, open_socket

ROUNDS = 30
READ_EVENTS = "{ events(first: 50) { edges { node { id type payloadPreview } } } }"
READ_RUNS = "{ runs(first: 50) { edges { node { id workflowVersion { workflow { slug } } event { type } } } } }"
FEED = MAIN_JOB["RunFeed"]
SECONDS = 90.0

pytestmark = pytest.mark.slow


def slug_of(tenant: Any) -> str:
    """Of a tenant's workflow and rule: no other tenant's holds it."""
    return f"w-{tenant.ref.id.hex}"


@pytest.fixture(scope="module")
def platform(database: Any, eight: list[Any], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Platform]:
    tokens = {tenant.ref.slug: tenant.token for tenant in eight}
    home = tmp_path_factory.mktemp("isolation")
    of = Database(database.app_url, database.admin_url, database.superuser_url, tokens, database.login_urls)
    with Platform(home, of) as platform:
        platform.start_all("web", "relay", "worker")
        for tenant in eight:
            with api_of(platform, tenant) as api:
                install(api, tenant)
        yield platform


def api_of(platform: Platform, tenant: Any) -> Api:
    return Api(f"http://{LOOPBACK}:{platform.port}/graphql", tenant.token)


def install(api: Api, tenant: Any) -> None:
    """A workflow that writes the event's marker into the log, and a rule for the tenant's events."""
    step = {"key": "say", "uses": "log.write", "with": {"message": "{{ event.payload.marker }}"}}
    slug = slug_of(tenant)
    api.mutate(MAIN_JOB["SaveWorkflow"], {"slug": slug, "name": slug, "definition": {"schema": 1, "steps": [step]}})
    api.mutate(MAIN_JOB["PublishWorkflow"], {"workflow": slug})
    when = {"==": [{"var": "type"}, marker_of(tenant)]}
    api.mutate(MAIN_JOB["SaveRule"], {"slug": slug, "name": slug, "workflow": slug, "when": when})


class Witness:
    """Counts answers, and keeps those that hold another tenant's id in any form."""

    def __init__(self, tenants: list[Any]) -> None:
        self.ids = {tenant.ref.id.hex: tenant for tenant in tenants}
        self.operations: Counter[str] = Counter()
        self.leaks: list[tuple[str, str]] = []
        self.lock = threading.Lock()
        self.barrier = threading.Barrier(len(tenants))

    def heard(self, kind: str, tenant: Any, answer: Any) -> None:
        text = json.dumps(answer)
        with self.lock:
            self.operations[kind] += 1
            self.leaks += [(kind, text) for other in self.ids if other != tenant.ref.id.hex and other in text]


def talk(platform: Platform, tenant: Any, others: list[str], witness: Witness) -> list[str]:
    """One tenant's client: each operation begins when all tenants' clients are there. Returns its trace ids."""
    try:
        with api_of(platform, tenant) as api:
            return [one_round(api, tenant, number, others, witness) for number in range(ROUNDS)]
    except BaseException:
        witness.barrier.abort()
        raise


def one_round(api: Api, tenant: Any, number: int, others: list[str], witness: Witness) -> str:
    marker = marker_of(tenant)
    witness.barrier.wait(SECONDS)
    # Every tenant uses the same keys: another's would make mine a duplicate.
    values = {"type": marker, "payload": {"marker": marker}, "idempotencyKey": f"round-{number}"}
    taken = api.mutate(MAIN_JOB["IngestEvent"], values)
    witness.heard("ingest", tenant, taken)
    assert (taken["outcome"], taken["event"]["type"]) == ("NEW", marker)

    witness.barrier.wait(SECONDS)
    events = api.query(READ_EVENTS, {})
    witness.heard("events", tenant, events)
    assert {edge["node"]["type"] for edge in events["events"]["edges"]} == {marker}

    witness.barrier.wait(SECONDS)
    witness.heard("runs", tenant, api.query(READ_RUNS, {}))

    witness.barrier.wait(SECONDS)
    asked = {f"n{place}": node_id for place, node_id in enumerate(others)}
    document = "{ " + " ".join(f'{name}: node(id: "{node_id}") {{ id }}' for name, node_id in asked.items()) + " }"
    answer = api.query(document, {})
    witness.heard("foreign ids", tenant, answer)
    assert answer == dict.fromkeys(asked)
    trace: str = taken["event"]["traceId"]
    return trace


async def opened(stack: AsyncExitStack, host: str, token: str, *, over_events: bool) -> Socket | Events:
    if over_events:
        return await stack.enter_async_context(open_stream(host, token, FEED))
    socket = await stack.enter_async_context(open_socket(host, token))
    await socket.subscribe("feed", FEED)
    return socket


async def listen(source: Socket | Events, tenant: Any, ready: asyncio.Event, witness: Witness) -> int:
    """A tenant's feed until all its runs have succeeded. Returns how many transitions came."""
    succeeded: set[str] = set()
    transitions = 0
    while len(succeeded) < ROUNDS:
        item = await asyncio.wait_for(source.item(), SECONDS)
        witness.heard("feed", tenant, item)
        if item["kind"] == "CHECKPOINT":
            ready.set()
            continue
        assert item["kind"] == "TRANSITION"
        assert item["run"]["workflowVersion"]["workflow"]["slug"] == slug_of(tenant)
        transitions += 1
        if item["step"] is None and item["toState"] == "SUCCEEDED":
            succeeded.add(item["run"]["id"])
    return transitions


async def all_at_once(platform: Platform, tenants: list[Any], witness: Witness) -> tuple[dict[str, Any], list[int]]:
    """Eight feeds are open before the first of eight clients speaks. Returns whose trace each is, and the feeds' lengths."""
    first_events = {tenant.ref.id: first_event(platform, tenant) for tenant in tenants}
    async with AsyncExitStack() as stack:
        feeds: list[asyncio.Task[int]] = []
        for number, tenant in enumerate(tenants):
            source = await opened(stack, f"{LOOPBACK}:{platform.port}", tenant.token, over_events=bool(number % 2))
            ready = asyncio.Event()
            feeds.append(asyncio.create_task(listen(source, tenant, ready, witness)))
            stack.callback(feeds[-1].cancel)
            await asyncio.wait_for(ready.wait(), SECONDS)
        with ThreadPoolExecutor(len(tenants)) as pool:
            loop = asyncio.get_running_loop()
            clients = [
                loop.run_in_executor(pool, talk, platform, tenant, without(first_events, tenant), witness)
                for tenant in tenants
            ]
            spoken = await asyncio.gather(*clients)
        lengths = await asyncio.gather(*feeds)
    return {trace: tenant for tenant, traces in zip(tenants, spoken, strict=True) for trace in traces}, list(lengths)


def first_event(platform: Platform, tenant: Any) -> str:
    with api_of(platform, tenant) as api:
        node_id: str = api.query(READ_EVENTS, {})["events"]["edges"][0]["node"]["id"]
    return node_id


def without(by_tenant: dict[uuid.UUID, str], tenant: Any) -> list[str]:
    return [node_id for tenant_id, node_id in by_tenant.items() if tenant_id != tenant.ref.id]


@pytest.fixture(scope="module")
def story(platform: Platform, eight: list[Any]) -> tuple[Witness, dict[str, Any], list[int]]:
    witness = Witness(eight)
    traces, lengths = asyncio.run(all_at_once(platform, eight, witness))
    return witness, traces, lengths


def test_no_answer_of_http_or_socket_holds_another_tenants_data(story):
    witness, _, lengths = story
    assert witness.leaks == []
    assert {kind: witness.operations[kind] for kind in ("ingest", "events", "runs", "foreign ids")} == {
        "ingest": 8 * ROUNDS,
        "events": 8 * ROUNDS,
        "runs": 8 * ROUNDS,
        "foreign ids": 8 * ROUNDS,
    }
    assert min(lengths) >= 2 * ROUNDS
    assert sum(witness.operations.values()) >= 1_000


def test_a_leak_would_have_been_seen(eight):
    witness = Witness(eight)
    witness.heard("runs", eight[0], {"slug": slug_of(eight[1])})
    witness.heard("runs", eight[0], {"slug": slug_of(eight[0])})
    assert [kind for kind, _ in witness.leaks] == ["runs"]


def test_actors_wrote_each_tenants_work_into_its_own_schema(story, eight):
    for tenant in eight:
        with acting_for(tenant.ref):
            runs = fetch(
                "SELECT w.slug, e.type, r.state, s.output ->> 'message', count(*) FROM execution_run r"
                " JOIN workflow w ON w.id = r.workflow_id JOIN event e ON e.id = r.event_id"
                " JOIN step_run s ON s.run_id = r.id WHERE w.slug = %s GROUP BY 1, 2, 3, 4",
                [slug_of(tenant)],
            )
            assert runs == [(slug_of(tenant), marker_of(tenant), "succeeded", marker_of(tenant), ROUNDS)]
            decided = fetch(
                "SELECT count(*) FROM decision d JOIN rule_spec r ON r.id = d.rule_id WHERE r.slug = %s",
                [slug_of(tenant)],
            )
            assert decided == [(ROUNDS,)]
            strange = fetch(
                "SELECT count(*) FROM run_log l LEFT JOIN execution_run r ON r.id = l.run_id WHERE r.id IS NULL"
            )
            assert strange == [(0,)]


def test_the_workers_log_pairs_each_trace_with_its_own_tenants_marker(story, platform, eight):
    _, traces, _ = story
    said: dict[str, list[str]] = {}
    for line in platform.log("worker").read_text().splitlines():
        entry = json.loads(line)
        if entry.get("event") == "log.write":
            said.setdefault(entry["trace_id"], []).append(entry["message"])
    assert said == {trace: [marker_of(tenant)] for trace, tenant in traces.items()}
    assert len(said) == 8 * ROUNDS
