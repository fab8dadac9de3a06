"""A live test of a stored event and the sweeper: the run is never queued for an event that goes, and a queued run keeps its event."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from threading import Thread

import pytest
from django.db import connections

from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.kernel.trace import new_trace, tracing
from automate.simulation import live_tests
from automate.simulation.rehearsal.bounds import RehearsalLimits, RehearsalMeter
from automate.simulation.testing.asked import RequestedTest
from tests.support.plane import Plane
from tests.support.sweeps import NOTE, days_pass, ran, save, sweep  # noqa: F401 - a fixture

ADA = Principal(kind="member", id="1", name="Ada")
Later = Callable[[int], None]


def try_live(plane: Plane, event: uuid.UUID) -> uuid.UUID:
    with acting_for(plane.tenant), acting_as(ADA), tracing(new_trace()):
        return live_tests.run_live(RequestedTest("one", event_id=event), RehearsalMeter(RehearsalLimits()))


def elsewhere(act: Callable[[], object]) -> None:
    """In another thread, and so over other connections."""

    def alone() -> None:
        try:
            act()
        finally:
            connections.close_all()

    thread = Thread(target=alone)
    thread.start()
    thread.join(30)
    assert not thread.is_alive(), "the sweeper waits for somebody"


def sweep_before(plane: Plane, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    """The sweeper comes just before this function of the live test."""
    act = getattr(live_tests, name)

    def beaten(*arguments: object, **options: object) -> object:
        elsewhere(lambda: sweep(plane))
        return act(*arguments, **options)

    monkeypatch.setattr(live_tests, name, beaten)


def dangling(plane: Plane) -> list[tuple[int]]:
    return plane.rows(
        "SELECT count(*) FROM execution_run r WHERE NOT EXISTS (SELECT 1 FROM event_payload p WHERE p.event_id = r.event_id)"
    )


@pytest.mark.parametrize(("own", "old"), [({}, 91), ({"payloads": 7}, 8)])
def test_event_that_goes_while_its_test_is_prepared_starts_nothing(
    plane: Plane,
    later: Later,
    monkeypatch: pytest.MonkeyPatch,
    own: dict[str, int],
    old: int,
) -> None:
    (event,) = ran(plane)
    save(plane, **own)
    later(old)
    sweep_before(plane, monkeypatch, "_queue")
    with pytest.raises(NormalizedError) as refused:
        try_live(plane, event)
    assert refused.value.code == "EXPIRED"
    assert plane.rows("SELECT count(*) FROM execution_run WHERE test") == [(0,)]


def test_test_that_was_begun_keeps_its_event(plane: Plane, later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    (event,) = ran(plane)
    later(91)
    sweep_before(plane, monkeypatch, "create_runs")
    try_live(plane, event)
    assert dangling(plane) == [(0,)]
    sweep(plane)
    assert dangling(plane) == [(0,)], "the run is open, so its event stays"
    plane.drain()
    assert plane.rows("SELECT state FROM execution_run WHERE test") == [("succeeded",)]


def test_twin_without_the_lock_loses_its_event(plane: Plane, later: Later, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(live_tests, "keep_events", lambda _events: None)
    (event,) = ran(plane)
    later(91)
    sweep_before(plane, monkeypatch, "create_runs")
    try_live(plane, event)
    assert dangling(plane) == [(1,)]
