"""``automate reveal``, through the API of a real server."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest
from typer.testing import CliRunner

from automate.cli.app import app
from automate.kernel.errors import NormalizedError
from automate.kernel.tenancy import acting_for
from tests.support import rows
from tests.support.people import raw_token

PAYLOAD = {"password": "hunter2", "text": "a\u202eb"}


@pytest.fixture
def command(web: str, tenant: Any, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Any]:
    monkeypatch.setenv("AUTOMATE_URL", f"http://{web}")
    monkeypatch.setenv("AUTOMATE_TOKEN", raw_token(tenant.ref, "view_events"))
    return lambda *words: CliRunner().invoke(app, ["reveal", *words])


def test_payload_is_printed_for_a_reason_and_again_without_one(command: Callable[..., Any], tenant: Any) -> None:
    with acting_for(tenant.ref):
        event = str(rows.event(PAYLOAD))
    refused = command(event)
    assert isinstance(refused.exception, NormalizedError)
    assert refused.exception.code == "FORBIDDEN"
    shown = command(event, "--reason", "ticket 4711")
    assert (shown.exit_code, json.loads(shown.stdout)) == (0, PAYLOAD)
    assert command(event).stdout == shown.stdout
    assert "sha256" in shown.stderr


def test_reason_that_is_empty_is_refused(command: Callable[..., Any], tenant: Any) -> None:
    with acting_for(tenant.ref):
        event = str(rows.event(PAYLOAD))
    refused = command(event, "--reason", " ")
    assert isinstance(refused.exception, NormalizedError)
    assert refused.exception.code == "BAD_USER_INPUT"
