"""A flood of wrong signatures on a real server: refused unread, and no obstacle to the sender at another address."""

from __future__ import annotations

import hashlib
import hmac
import http.client
import json
import socket
from collections import Counter
from typing import Any

import pytest
from structlog.testing import capture_logs

from automate.serving import refusal_log as refusals
from automate.triggers.wrong_signatures import FAILURES_AT_ONCE
from tests.api.test_waiting import answer_on, wait_until
from tests.support.api import MAIN_JOB, Api

ATTACKER, SENDER = "127.0.0.2", "127.0.0.3"
SECRET = "a secret that is long enough to sign with"
BODY = b'{"n": 1}'
RIGHT = hmac.new(SECRET.encode(), BODY, hashlib.sha256).hexdigest()
WRONG = "0" * 64
TRIES = 5


@pytest.fixture
def path(api: Api, tenant: Any) -> str:
    saved = api.data(MAIN_JOB["SaveSource"], input={"slug": "signed", "scheme": "HMAC", "secrets": [SECRET]})
    assert saved["saveSource"]["errors"] == []
    return f"/t/{tenant.ref.slug}/hooks/signed"


def sent(host: str, path: str, address: str, signature: str) -> tuple[int, str, str | None]:
    name, port = host.split(":")
    connection = http.client.HTTPConnection(name, int(port), timeout=20, source_address=(address, 0))
    try:
        headers = {"content-type": "application/json", "x-signature": signature}
        connection.request("POST", path, BODY, headers)
        response = connection.getresponse()
        answer = json.loads(response.read())
        return response.status, answer.get("code", answer.get("outcome")), response.headers["Retry-After"]
    finally:
        connection.close()


def test_a_flood_is_refused_and_the_sender_is_not(web: str, path: str) -> None:
    told = Counter(sent(web, path, ATTACKER, WRONG) for _ in range(FAILURES_AT_ONCE + 10))
    assert told[429, "RATE_LIMITED", "1"] >= 5
    assert set(told) == {(401, "INVALID_SIGNATURE", None), (429, "RATE_LIMITED", "1")}
    assert sent(web, path, SENDER, RIGHT)[:2] == (202, "NEW")


def test_a_proved_address_is_never_refused(web: str, path: str) -> None:
    """The flood and the sender are behind one proxy."""
    assert sent(web, path, SENDER, RIGHT)[0] == 202
    assert {sent(web, path, SENDER, WRONG)[0] for _ in range(FAILURES_AT_ONCE + 10)} == {401}
    assert sent(web, path, SENDER, RIGHT)[0] == 202


def test_refused_floods_are_not_read(web: str, path: str) -> None:
    """The answer comes before the body."""
    name, port = web.split(":")
    # On a slow machine a try may come so late that the address may fail once more.
    for _ in range(TRIES):
        while sent(web, path, ATTACKER, WRONG)[0] != 429:
            pass
        with socket.create_connection((name, int(port)), timeout=20, source_address=(ATTACKER, 0)) as connection:
            connection.sendall(f"POST {path} HTTP/1.1\r\nHost: {web}\r\nContent-Length: 900000\r\n\r\n".encode())
            status, answer, _ = answer_on(connection)
        if status == 429:
            break
    assert (status, answer["code"]) == (429, "RATE_LIMITED")


def test_floods_are_counted_in_the_log(monkeypatch: pytest.MonkeyPatch) -> None:
    """One whole line for the first, and one line with the count once the second is over."""
    monkeypatch.setattr(refusals, "SECONDS", 0.1)
    log = refusals.RefusalLog()
    with capture_logs() as lines:
        whole = [log.has_line("INVALID_SIGNATURE", "/t/acme/hooks/shop") for _ in range(500)]
        log.has_line("NOT_FOUND", "/nothing")
        wait_until(lambda: bool(lines))
    assert whole == [True] + [False] * 499
    (line,) = lines
    assert (line["event"], line["code"], line["path"], line["count"]) == (
        "requests refused",
        "INVALID_SIGNATURE",
        "/t/acme/hooks/shop",
        500,
    )


def test_a_flood_of_paths_fills_no_memory(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(refusals, "SECONDS", 0.1)
    log = refusals.RefusalLog()
    with capture_logs() as lines:
        for n in range(5_000):
            log.has_line("RATE_LIMITED", f"/t/acme/hooks/{n}")
        wait_until(lambda: bool(lines))
    (line,) = lines
    assert (line["path"], line["count"]) == (refusals.ELSEWHERE, 5_000 - refusals.MOST_PLACES)
