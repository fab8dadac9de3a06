"""``automate run --wait`` where the server goes away meanwhile: a run is not said to have failed by whom nobody answers."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler
from typing import Any

import pytest

from automate.devserver.ports import free_port
from tests.support.command import Command, command_of
from tests.support.facts import naming
from tests.support.serving import serving_http

RUN_ID = "RXhlY3V0aW9uUnVuOjE="
REFUSED = {"errors": [{"message": "Not this one.", "extensions": {"code": "UNAUTHENTICATED"}}]}


def page_of(keys: Sequence[str], end: str | None) -> dict[str, Any]:
    """A page of steps. end: the cursor of the next page; None for the last one."""
    step = {"state": "SUCCEEDED", "attempt": 1, "startedAt": None, "finishedAt": None, "error": None}
    edges = [{"node": {"key": key, **step}} for key in keys]
    return {"pageInfo": {"hasNextPage": end is not None, "endCursor": end}, "edges": edges}


def seen(state: str) -> dict[str, Any]:
    timestamp = "2026-11-26T12:00:00Z"
    known: dict[str, Any] = {"state": state, "stateReason": None, "traceId": "t", "error": None}
    known["page"] = page_of([], None)
    return {"data": {"run": {**known, "createdAt": timestamp, "startedAt": timestamp, "finishedAt": timestamp}}}


@contextmanager
def api(port: int, look: Callable[[dict[str, Any]], dict[str, Any]]) -> Iterator[None]:
    """An API that starts a run, and answers each look at it."""

    class Api(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_POST(self) -> None:
            asked = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            run = {"id": RUN_ID, "state": "QUEUED", "traceId": "t"}
            started = {"data": {"runWorkflow": {"run": run, "errors": []}}}
            body = json.dumps(started if "runWorkflow" in asked["query"] else look(asked)).encode()
            self.send_response(200)
            self.send_header("Content-Length", str(len(body)))
            self.send_header("Connection", "close")
            self.end_headers()
            self.wfile.write(body)

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with serving_http(port, Api):
        yield


@pytest.fixture
def port(monkeypatch: pytest.MonkeyPatch) -> int:
    chosen = free_port()
    monkeypatch.setenv("AUTOMATE_URL", f"http://127.0.0.1:{chosen}")
    monkeypatch.setenv("AUTOMATE_TOKEN", "t")
    return chosen


@pytest.fixture
def automate(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Command:
    return command_of(monkeypatch, capsys)


def test_server_that_is_restarted_is_waited_for(port: int, automate: Command) -> None:
    looked, away, over = threading.Event(), threading.Event(), threading.Event()

    def running(_asked: dict[str, Any]) -> dict[str, Any]:
        looked.set()
        return seen("RUNNING")

    def restart() -> None:
        with api(port, running):
            away.set()
            looked.wait(30)
        threading.Event().wait(0.5)
        with api(port, lambda _asked: seen("SUCCEEDED")):
            over.wait(60)

    restarting = threading.Thread(target=restart)
    restarting.start()
    away.wait(30)
    try:
        done = automate("run", "first", "--wait")
    finally:
        over.set()
        restarting.join()
    assert done.status == 0, done.err
    assert done.out.splitlines()[-1].split()[:2] == ["run", "succeeded"]
    assert [line for line in done.err.splitlines() if line == naming("retrying")] == [naming(f"127.0.0.1:{port}")]


def test_end_that_cannot_be_learned_is_no_failure_of_the_run(port: int, automate: Command) -> None:
    with api(port, lambda _asked: REFUSED):
        done = automate("run", "first", "--wait")
    assert done.status == 75
    assert "AUTOMATE_TOKEN" in done.err
    assert naming(RUN_ID) in done.err.splitlines()


def test_steps_of_all_pages_are_shown(port: int, automate: Command) -> None:
    """A run has up to 1,000 steps, and a page has at most 100."""
    keys = [f"step-{number}" for number in range(230)]
    pages = iter([page_of(keys[:100], "a"), page_of(keys[100:200], "b"), page_of(keys[200:], None)])
    ended = {"data": {"run": {**seen("SUCCEEDED")["data"]["run"], "page": None}}}

    def look(asked: dict[str, Any]) -> dict[str, Any]:
        return {"data": {"run": {"page": next(pages)}}} if "stepConnection" in asked["query"] else ended

    with api(port, look):
        done = automate("run", "first", "--wait")
    assert done.status == 0, done.err
    assert [word for word in done.out.split() if word in keys] == keys


@pytest.mark.parametrize(("state", "status"), [("SUCCEEDED", 0), ("FAILED", 1), ("CANCELLED", 1)])
def test_status_is_the_run_s(port: int, automate: Command, state: str, status: int) -> None:
    with api(port, lambda _asked: seen(state)):
        assert automate("run", "first", "--wait").status == status
