"""The sweeper removes everything that is old enough."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

import pytest

from automate.events.services import NewEvent, record_events
from automate.kernel.errors import NormalizedError
from automate.kernel.principals import Principal, acting_as
from automate.kernel.tenancy import acting_for
from automate.recovery.replaying import replay_event
from tests.support.plane import Plane, Scripted, connectors
from tests.support.sweeps import CALL, NOTE, days_pass, left, ran, save, sweep  # noqa: F401 - a fixture


def marks(plane: Plane) -> dict[str, datetime]:
    return dict(
        plane.rows("SELECT data_class, removed_before FROM public.retention_policy WHERE removed_before IS NOT NULL")
    )


def test_everything_of_an_old_run_goes(plane: Plane, later: Callable[[int], None]) -> None:
    ran(plane, events=3)
    assert left(plane)["execution_run"] == 3
    later(89)
    assert sweep(plane) == 0
    assert left(plane)["execution_run"] == 3
    later(91)
    assert sweep(plane) > 20
    assert left(plane) == {}
    assert len(plane.log()) == 1, "the last row of the log stays for the cursors of a quiet tenant"
    assert {"runs", "payloads", "outputs"} <= marks(plane).keys()
    plane.send({"n": 9})
    plane.drain()
    later(182)
    sweep(plane)
    assert len(plane.log()) == 1, "the row that had to stay has gone since"


def test_audit_record_and_keys_stay(plane: Plane, later: Callable[[int], None]) -> None:
    def send() -> str:
        with acting_for(plane.tenant), acting_as(Principal(kind="system", name="test")):
            ((source,),) = plane.rows("SELECT id FROM source WHERE slug = 'api'")
            new = NewEvent(source_id=source, type="x", body=b"{}", trace_id="0" * 32, idempotency_key="one")
            (taken,) = record_events([new], audited=True)
            return taken.outcome

    plane.publish("one", NOTE)
    assert send() == "NEW"
    plane.drain()
    audit = plane.rows("SELECT count(*) FROM audit_entry")
    later(91)
    sweep(plane)
    assert left(plane) == {}
    assert plane.rows("SELECT count(*) FROM audit_entry") == audit
    assert send() == "DUPLICATE", "the window of its key is still open"
    plane.drain()
    assert left(plane) == {}


def test_event_without_a_run_goes(plane: Plane, later: Callable[[int], None]) -> None:
    plane.publish("one", NOTE, when={"==": [{"var": "type"}, "never"]})
    plane.send({"n": 1}, {"n": 2})
    plane.drain()
    later(91)
    sweep(plane)
    assert left(plane) == {}


def test_classes_that_are_kept_for_less_time_go_alone(plane: Plane, later: Callable[[int], None]) -> None:
    with connectors(Scripted(acts=({"secret": "output"},))):
        (event,) = ran(plane, CALL)
    save(plane, payloads=5, outputs=10, run_log=15, decisions=20)
    later(6)
    sweep(plane)
    assert "event_payload" not in left(plane)
    assert plane.rows("SELECT output IS NULL FROM step_run") == [(False,)]
    later(11)
    sweep(plane)
    assert plane.rows("SELECT output IS NULL FROM step_run") == [(True,)]
    assert plane.rows("SELECT request::text, state FROM effect") == [('{"input": null}', "confirmed")]
    assert len(plane.log()) > 1
    later(16)
    sweep(plane)
    assert len(plane.log()) == 1
    assert "decision" in left(plane)
    later(21)
    sweep(plane)
    assert left(plane) == {"execution_run": 1, "step_run": 1, "effect": 1, "event": 1}
    with pytest.raises(NormalizedError) as refused:
        plane.by_ada(lambda: replay_event(event))
    assert refused.value.code == "CONFLICT"
    later(91)
    sweep(plane)
    assert left(plane) == {}


def test_days_of_the_plan_decide_what_goes(plane: Plane, later: Callable[[int], None]) -> None:
    ran(plane)
    later(40)
    assert sweep(plane) == 0
    plane.root.execute(
        "INSERT INTO public.plan (id, slug, name, weight, budgets, retention, revision, created_at, updated_at)"
        " VALUES (gen_random_uuid(), 'kept-30', 'kept-30', 1, '[]', '{\"runs\": 30}', 1, now(), now())"
    )
    plane.root.execute("UPDATE public.tenant SET plan = 'kept-30' WHERE id = %s", plane.tenant.id)
    try:
        assert sweep(plane) > 0
        assert left(plane) == {}
    finally:
        plane.root.execute("UPDATE public.tenant SET plan = 'standard' WHERE id = %s", plane.tenant.id)
        plane.root.execute("DELETE FROM public.plan WHERE slug = 'kept-30'")
