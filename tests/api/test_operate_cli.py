"""The command line operates runs through the API of a real server."""

from __future__ import annotations

import base64
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from automate.cli.app import app
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.facts import naming


@pytest.fixture
def command(web: str, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("AUTOMATE_URL", f"http://{web}")
    monkeypatch.setenv("AUTOMATE_TOKEN", tenant.token)
    return lambda *words: CliRunner().invoke(app, words)


def test_runs_are_paused_cancelled_and_retried_from_the_shell(command: Callable[..., Any], tenant: Any) -> None:
    with acting_for(tenant.ref):
        flow = rows.flow()
        event = rows.event()
        done = rows.run(flow, event, state="failed", steps=0)
    plan = command("retry", str(done), "--from", "start", "--plan")
    assert (plan.exit_code, plan.output.split()) == (0, ["kept", "nothing", "repeated", "post"])
    again = command("retry", str(done), "--from", "post", "--reason", "mended")
    assert again.exit_code == 0, again.output
    assert again.output.split()[2] == "queued"
    new = again.output.split()[1]
    assert command("pause", new).output.split()[2] == "paused"
    assert command("resume", new).output.split()[2] == "queued"
    assert command("cancel", new, "--reason", "wrong").output.split()[2] == "cancelled"
    unknown = command("cancel", str(uuid.uuid4()))
    assert unknown.exit_code == 1
    assert unknown.output == naming("run")
    replayed = command("replay", str(event))
    assert (replayed.exit_code, replayed.output.split()[2]) == (0, "queued")


def test_effects_are_shown_and_resolved_and_hosts_held_from_the_shell(
    command: Callable[..., Any], tenant: Any, plane: Any
) -> None:
    from tests.support.plane import Scripted, connectors, failing

    late = failing("CONNECTOR_TIMEOUT", arrived=True)
    with connectors(Scripted("unsafe", acts=(late,))):
        plane.publish("one", [{"key": "a", "uses": "test.scripted"}])
        plane.send({})
        plane.drain()
        ((run,),) = plane.rows("SELECT id::text FROM execution_run")
        shown = command("effects", run, "--uncertain").output.split()
        assert shown[:4] == ["a", "uncertain", "test.scripted", "-"]
        # Who does not know the run is told which it is.
        everywhere = command("effects").output.split()
        assert everywhere == [*shown, base64.b64encode(f"ExecutionRun:{run}".encode()).decode()]
        said = command("resolve", shown[5], "happened", "--reason", "I rang them up", "--external-id", "T-7")
        assert (said.exit_code, said.output.split()[2]) == (0, "confirmed"), said.output
        assert "test.scripted" not in command("effects").output
        again = command("resolve", shown[5], "repeat", "--reason", "I rang them up")
        assert (again.exit_code, isinstance(again.exception, NormalizedError)) == (1, True)
        plane.drain()
    assert command("effects", run).output.split()[1:5] == ["confirmed", "test.scripted", "-", "T-7"]
    assert plane.runs() == [("succeeded", "")]
    limited = command("budgets", "set", "runs", "day", "1000", "--action", "reject").output
    assert limited.split()[:7] == ["runs", "day", "-", "0", "of", "1,000", "reject"]
    listed = command("budgets", "list").output.splitlines()
    assert [row.split()[:2] for row in listed] == [["runs", "day"], ["concurrent_runs", "always"]]
    assert command("budgets", "delete", "runs", "day").output.split()[:3] == ["deleted", "runs", "day"]
    gone = command("budgets", "delete", "runs", "day")
    assert (gone.exit_code, isinstance(gone.exception, NormalizedError)) == (1, True)
    held = command("breaker", "http.request", "api.example", "open", "--reason", "they asked us to")
    assert held.output.split() == ["closed", "open", "http.request", "api.example"]
    assert command("breakers").output.split()[:4] == ["closed", "open", "http.request", "api.example"]


def test_explain_says_why_an_event_has_no_run_of_its_own(command: Callable[..., Any], plane: Any) -> None:
    from tests.support.windows import NOTE, come, pass_until

    plane.publish("one", NOTE, options={"rate_limit": {"limit": 1, "period_seconds": 60}})
    plane.publish("two", NOTE, options={"debounce": {"period_seconds": 30}})
    first, second = come(plane, 0, {"n": 0}, {"n": 1})
    pass_until(plane, 30)
    dropped = command("explain", str(second), "--rule", "one").output
    assert "one: suppressed" in dropped
    assert naming("rateLimit", "1", "60 s", "2027-03-01 00:01:00 UTC") in dropped.splitlines()
    assert "Evaluated now" not in dropped
    collapsed = command("explain", str(first), "--rule", "two").output
    assert "two: matched" in collapsed
    assert naming("run", "another event", "succeeded") in collapsed.splitlines()
