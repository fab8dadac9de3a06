"""The steady requests of another tenant and of a health check, timed from the client's side."""

from __future__ import annotations

import http.client
import json
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import Any

from bench.attacks import documents
from bench.figure import percentile

PATIENCE_SECONDS, LOOK_SECONDS = 20.0, 0.05
CALM_MS, CALM_ANSWERS, CALM_SECONDS = 100.0, 10, 90.0
PERIODS = {"list": 0.1, "webhook": 0.1, "healthz": 0.05}
WEBHOOK = json.dumps({"type": "order.paid", "order": {"id": 1}})


@dataclass
class Timed:
    """The measured requests of one kind."""

    milliseconds: list[float] = field(default_factory=list)
    """The seconds of each request, answered or not."""
    failed: int = 0
    """Answers with another status, and missing answers."""

    def at(self, share: float) -> float:
        return percentile(sorted(self.milliseconds), share)


def _asked(kind: str, system: dict[str, Any]) -> Callable[[http.client.HTTPConnection], int]:
    victim = system["victim"]
    headers = {"content-type": "application/json", "authorization": f"Bearer {victim['token']}"}

    def ask(connection: http.client.HTTPConnection) -> int:
        if kind == "list":
            connection.request("POST", "/graphql", documents.listing(), headers)
        elif kind == "webhook":
            connection.request("POST", f"/t/{victim['slug']}/hooks/open", WEBHOOK, {"content-type": "application/json"})
        else:
            connection.request("GET", "/healthz")
        response = connection.getresponse()
        response.read()
        return response.status

    return ask


def _steadily(kind: str, system: dict[str, Any], end: float, timed: Timed) -> None:
    """Send requests at a steady rate.

    A health check opens a connection for each request, a client keeps its connection.
    """
    ask, period = _asked(kind, system), PERIODS[kind]
    connection = http.client.HTTPConnection("127.0.0.1", system["port"], timeout=PATIENCE_SECONDS)
    while time.perf_counter() < end:
        started = time.perf_counter()
        try:
            status = ask(connection)
        except (OSError, http.client.HTTPException):
            status = 0
        timed.milliseconds.append(1_000 * (time.perf_counter() - started))
        timed.failed += status not in (HTTPStatus.OK, HTTPStatus.ACCEPTED)
        if status == 0 or kind == "healthz":
            connection.close()
        time.sleep(max(0.0, started + period - time.perf_counter()))
    connection.close()


def measure(system: dict[str, Any], seconds: float) -> dict[str, Timed]:
    """Measure all kinds together for so many seconds."""
    timed = {kind: Timed() for kind in PERIODS}
    end = time.perf_counter() + seconds
    threads = [threading.Thread(target=_steadily, args=(kind, system, end, timed[kind])) for kind in PERIODS]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return timed


def await_calm(system: dict[str, Any]) -> None:
    """Wait until ten pages in a row arrived in time, so that work of the last attack is not measured.

    Gives up after 90 seconds.
    """
    ask, calm, deadline = _asked("list", system), 0, time.monotonic() + CALM_SECONDS
    while calm < CALM_ANSWERS and time.monotonic() < deadline:
        connection = http.client.HTTPConnection("127.0.0.1", system["port"], timeout=PATIENCE_SECONDS)
        started = time.perf_counter()
        try:
            answered = ask(connection) == HTTPStatus.OK
        except (OSError, http.client.HTTPException):
            answered = False
        connection.close()
        calm = calm + 1 if answered and 1_000 * (time.perf_counter() - started) < CALM_MS else 0
        time.sleep(LOOK_SECONDS)
