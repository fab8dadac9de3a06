"""Each process of a real platform serves its metrics, and they count what happened."""

from __future__ import annotations

import pytest

from tests.faults.conftest import MakeScene
from tests.support.processes import TENANT
from tests.support.scrapes import scraped, total, value

EVENTS = 20


@pytest.mark.slow
def test_processes_count_the_work_of_runs(make_scene: MakeScene) -> None:
    scene = make_scene()
    scene.senders().begin(range(EVENTS)).join()
    scene.platform.start_all("relay", "worker")
    scene.books.await_settled(EVENTS)
    web, relay, worker = (scraped(scene.platform.metrics_url(name)) for name in ("web", "relay", "worker"))
    assert value(web, "automate_http_requests_total", route="/t/<tenant>/hooks", status="202") == EVENTS
    assert value(web, "automate_http_request_seconds_count", route="/t/<tenant>/hooks") == EVENTS
    assert value(relay, "automate_jobs_dispatched_total", topic="event.match") == EVENTS
    assert value(relay, "automate_dispatch_delay_seconds_count", topic="event.match") == EVENTS
    assert total(relay, "automate_queue_jobs", phase="due") == 0
    assert value(worker, "automate_start_delay_seconds_count", topic="event.match") == EVENTS
    assert value(worker, "automate_runs_total", state="succeeded") == EVENTS
    assert value(worker, "automate_steps_total", state="succeeded") == 2 * EVENTS
    assert value(worker, "automate_connector_calls_total", connector="http.request", result="ok") == EVENTS
    assert value(worker, "automate_connector_calls_in_flight") == 0
    assert all(value(series, "process_resident_memory_bytes") > 0 for series in (web, relay, worker))
    slots = scraped(f"{scene.platform.metrics_url('relay')}?tenant={TENANT}")
    assert value(slots, "automate_tenant_run_slots", tenant=TENANT) == 0
