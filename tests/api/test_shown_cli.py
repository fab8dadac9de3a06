"""``automate runs``, ``show`` and ``approvals``: the ids that one prints, another one takes."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from automate.cli.app import app
from automate.kernel.ids import new_id
from automate.kernel.sql import execute, fetch
from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.facts import naming
from tests.support.plane import Plane


@pytest.fixture
def command(web: str, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("AUTOMATE_URL", f"http://{web}")
    monkeypatch.setenv("AUTOMATE_TOKEN", tenant.token)
    return lambda *words: CliRunner().invoke(app, [str(word) for word in words])


def ids_in(text: str) -> list[str]:
    found = []
    for word in text.split():
        try:
            found += [word] if str(uuid.UUID(word)) == word else []
        except ValueError:
            continue
    return found


def test_listed_run_is_shown_with_its_steps_and_event(command: Callable[..., Any], tenant: Any) -> None:
    with acting_for(tenant.ref):
        flow, event = rows.flow(), rows.event()
        failed = rows.run(flow, event, state="failed")
        done = rows.run(flow, rows.event())
    assert ids_in(command("runs").stdout) == [str(done), str(failed)]
    (shown,) = ids_in(command("runs", "--state", "failed", "--workflow", flow.slug).stdout)
    told = command("show", shown)
    assert told.exit_code == 0, told.output
    assert ids_in(told.stdout) == [str(failed), str(event)]
    assert [key for key in ("step_0", "step_1", "step_2") if key in told.stdout] == ["step_0", "step_1", "step_2"]
    assert ids_in(command("show", event).stdout) == [str(event), str(failed)]
    assert command("cancel", shown).exit_code == 1


def test_event_that_waits_says_so(command: Callable[..., Any], plane: Plane) -> None:
    plane.root.execute(
        'INSERT INTO public.budget (id, tenant_id, metric, "window", "limit", action, used, window_start)'
        " VALUES (gen_random_uuid(), %s, 'events', 'hour', 0, 'throttle', 0, date_trunc('hour', now()))",
        plane.tenant.id,
    )
    (event,) = plane.send({})
    plane.drain()
    for verb in ("show", "explain"):
        assert command(verb, event).stdout == naming('budget "events per hour"', "number 1")


def test_trace_is_shown_with_its_events_and_runs(command: Callable[..., Any], tenant: Any) -> None:
    with acting_for(tenant.ref):
        flow, event = rows.flow(), rows.event()
        run = rows.run(flow, event, state="failed")
        ((trace,),) = fetch("SELECT trace_id FROM execution_run WHERE id = %s", [run])
        execute("UPDATE execution_run SET trace_id = %s WHERE id <> %s", ["f" * 32, run])
    for text in (trace, f"00-{trace}-b7ad6b7169203331-01"):
        told = command("show", text)
        assert told.exit_code == 0, told.output
        assert {str(run)} <= {*ids_in(told.stdout)} <= {str(run), str(event)}
        assert naming(trace, flow.slug) == told.stdout
    assert command("show", "e" * 32).exit_code == 1


def test_unknown_id_is_not_found(command: Callable[..., Any]) -> None:
    assert [command("show", text).exit_code for text in (new_id(), "garbage")] == [1, 1]
    assert command("runs").exit_code == 0
    assert ids_in(command("runs").stdout) == []


def test_waiting_approval_is_listed(command: Callable[..., Any], plane: Any, tenant: Any) -> None:
    from tests.support.approvals import ask

    assert ids_in(command("approvals").stdout) == []
    ask(plane)
    listed = command("approvals")
    assert listed.exit_code == 0, listed.output
    approval, run = ids_in(listed.stdout)
    assert str(run) in command("runs").stdout
    assert approval != run
