"""A secret lives in one call frame: it is in no row, no message and no log, whatever the other side echoes back."""

from __future__ import annotations

import base64
import contextlib
import io
import json
from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import pytest
import redis
import structlog

from actors.connectors.base import ConnectorError
from automate.kernel.redaction import REDACTED
from automate.workflows.connectors import ConnectorSpec
from automate.workflows.validation import check_definition
from tests.support.facts import naming
from tests.support.plane import Plane, Scripted, connectors

SECRET = "s3cret/+ of ünïque length?"
FORMS = {
    "plain": SECRET,
    "base64": base64.b64encode(SECRET.encode()).decode(),
    "base64 of a header": base64.b64encode(f"user:{SECRET}".encode()).decode(),
    "base64url": base64.urlsafe_b64encode(SECRET.encode()).decode().rstrip("="),
    "url": quote(SECRET, safe=""),
    "hex": SECRET.encode().hex(),
    "json": json.dumps(SECRET)[1:-1],
}
WITH = {"auth": "Bearer $secret:KEY", "text": "{{ event.payload.text }}"}


def variable(plane: Plane, name: str = "KEY") -> str:
    return f"AUTOMATE_SECRET_{plane.tenant.slug.upper().replace('-', '_')}__{name}"


@pytest.fixture
def keyed(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> Plane:
    monkeypatch.setenv(variable(plane), SECRET)
    return plane


@pytest.fixture
def log() -> Iterator[io.StringIO]:
    """What a worker writes to its standard error."""
    lines = io.StringIO()
    before = structlog.get_config()
    processors: list[Any] = [
        structlog.processors.add_log_level,
        structlog.processors.format_exc_info,
        structlog.processors.JSONRenderer(),
    ]
    structlog.configure(
        processors=processors, logger_factory=structlog.PrintLoggerFactory(lines), cache_logger_on_first_use=False
    )
    with contextlib.redirect_stderr(lines):
        yield lines
    structlog.configure(**before)


def run_one(plane: Plane, scripted: Scripted, payload: Any = None, with_: Any = None) -> None:
    with connectors(scripted):
        plane.publish("one", [{"key": "a", "uses": scripted.name, "with": with_ or WITH, "retry": {"max_attempts": 1}}])
        plane.send(payload or {"text": "hello"})
        plane.drain()


def everything(plane: Plane, redis_url: str) -> str:
    """Every column of every table of every schema, and all that Redis holds, as text."""
    tables = plane.root.rows(
        "SELECT format('%%I.%%I', schemaname, tablename) FROM pg_tables"
        " WHERE schemaname = ANY (%s)", [plane.tenant.schema, "public"],
    )  # fmt: skip
    assert len(tables) > 20
    texts = [str(row) for (table,) in tables for row in plane.root.rows(f"SELECT t::text FROM {table} t")]
    broker = redis.Redis.from_url(redis_url)
    for key in broker.scan_iter():
        kind = broker.type(key).decode()
        texts.append(f"{key!r} {broker.dump(key)!r} {kind}")
    broker.close()
    return "\n".join(texts)


def assert_nowhere(plane: Plane, redis_url: str, log: io.StringIO) -> None:
    dump, said = everything(plane, redis_url), log.getvalue()
    assert "$secret" not in said
    for name, form in FORMS.items():
        assert form not in dump, f"{name} form in a table or in Redis"
        assert form not in said, f"{name} form in the log"


def test_secret_is_resolved_for_the_call_alone(keyed: Plane, redis_url: str, log: io.StringIO) -> None:
    scripted = Scripted()
    run_one(keyed, scripted)
    assert scripted.calls[0].input == {"auth": f"Bearer {SECRET}", "text": "hello"}
    assert keyed.runs() == [("succeeded", "")]
    assert keyed.rows("SELECT name, backend, step_key FROM secret_resolution") == [("KEY", "environment", "a")]
    assert_nowhere(keyed, redis_url, log)


def test_echoes_in_the_output_are_scrubbed(keyed: Plane, redis_url: str, log: io.StringIO) -> None:
    run_one(keyed, Scripted(acts=({**{form: f"<{form}>" for form in FORMS.values()}, "list": list(FORMS.values())},)))
    ((output,),) = keyed.rows("SELECT output::text FROM step_run")
    assert f"<{REDACTED}>" in output
    assert_nowhere(keyed, redis_url, log)


@pytest.mark.parametrize("form", FORMS)
def test_echoes_in_an_error_are_scrubbed(keyed: Plane, redis_url: str, log: io.StringIO, form: str) -> None:
    error = ConnectorError("CONNECTOR_AUTH", f"bad token {FORMS[form]}", details={"body": {FORMS[form]: FORMS[form]}})
    run_one(keyed, Scripted(acts=(error,)))
    assert keyed.runs() == [("failed", "CONNECTOR_AUTH")]
    assert REDACTED in keyed.rows("SELECT error ->> 'message' FROM step_run")[0][0]
    assert_nowhere(keyed, redis_url, log)


@pytest.mark.parametrize("form", FORMS)
def test_echoes_in_a_fault_are_scrubbed_from_the_log(keyed: Plane, redis_url: str, log: io.StringIO, form: str) -> None:
    run_one(keyed, Scripted(acts=(RuntimeError(f"connection to {FORMS[form]} refused"),)))
    assert keyed.runs() == [("failed", "INTERNAL")]
    assert "connector failed" in log.getvalue()
    assert "RuntimeError" in log.getvalue()
    assert_nowhere(keyed, redis_url, log)


def test_unscrubbable_output_is_an_error_and_not_a_hang(keyed: Plane, redis_url: str, log: io.StringIO) -> None:
    run_one(keyed, Scripted(acts=({1: SECRET},), inline=False))
    assert keyed.runs() == [("failed", "INTERNAL")]
    assert_nowhere(keyed, redis_url, log)


def test_lookalike_from_event_data_stays_text(keyed: Plane) -> None:
    scripted = Scripted()
    run_one(keyed, scripted, {"text": "$secret:KEY"})
    assert scripted.calls[0].input["text"] == "$secret:KEY"
    assert keyed.rows("SELECT count(*) FROM secret_resolution") == [(1,)]


def test_missing_secret_fails_without_a_call(plane: Plane) -> None:
    scripted = Scripted()
    run_one(plane, scripted)
    assert scripted.calls == []
    assert plane.runs() == [("failed", "SECRET_UNAVAILABLE")]
    assert plane.effects() == [("a", "failed", 1)]


@pytest.mark.parametrize("inline", [True, False])
def test_secret_too_short_to_scrub_is_not_used(plane: Plane, monkeypatch: pytest.MonkeyPatch, *, inline: bool) -> None:
    monkeypatch.setenv(variable(plane), "abc")
    scripted = Scripted(inline=inline)
    run_one(plane, scripted)
    assert scripted.calls == []
    assert plane.runs() == [("failed", "SECRET_UNAVAILABLE")]


def test_secret_of_another_tenant_is_out_of_reach(plane: Plane, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AUTOMATE_SECRET_OTHER__KEY", SECRET)
    scripted = Scripted()
    run_one(plane, scripted, with_={"auth": "$secret:KEY"})
    assert scripted.calls == []


def test_connector_that_shows_its_input_takes_no_secret() -> None:
    from actors.connectors.registry import specs

    steps: list[Any] = [
        {"key": "note", "uses": "log.write", "with": {"message": "is $secret:KEY", "data": ["$secret:GONE"]}}
    ]
    problems = check_definition({"schema": 1, "steps": steps}, specs(), lambda name: name == "KEY")
    assert [(p.code, p.message, p.path) for p in problems] == [
        ("INVALID_WORKFLOW", naming("log.write", "$secret:KEY"), ("steps", 0, "with", "message")),
        ("INVALID_WORKFLOW", naming("log.write", "$secret:GONE"), ("steps", 0, "with", "data", 0)),
    ]
    assert not specs()["log.write"].secrets
    assert specs()["http.request"].secrets
    assert ConnectorSpec("x.y", "X", "keyed", {}, {}).secrets
