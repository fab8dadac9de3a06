"""The command line operates runs through the API of a real server."""

from __future__ import annotations

import uuid
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from automate.kernel.tenancy import acting_for
from automate.project.cli.app import app
from tests.support import rows


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
    assert "There is no run of this id." in unknown.output
    replayed = command("replay", str(event))
    assert (replayed.exit_code, replayed.output.split()[2]) == (0, "queued")
