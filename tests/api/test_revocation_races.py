"""Eight processes use a token while it is revoked: from one second after the answer, no server admits it anywhere."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from tests.support.api import Api
from tests.support.run_feed import Stage
from tests.support.tree import ROOT

SECOND = 1.0
BEFORE, AFTER = 1.0, 3.0
"""Seconds of use before the revocation, and after its answer."""
WAYS = ("http", "http", "socket", "socket", "stream", "stream", "http", "socket")
CREATE = 'mutation { createToken(input: {name: "raced", role: OPERATOR}) { value token { id } } }'
REVOKE = "mutation ($id: ID!) { revokeToken(input: {token: $id}) { token { state } errors { code } } }"
BLIND = """
from automate.web.asgi import application
from graphql_schema import token_watch
token_watch.CHECK_SECONDS = 3600
"""
STALE = """
from automate.web.asgi import application
from tenants import fresh_tokens
fresh_tokens.FRESH_SECONDS = 3600
"""
PLAIN = "from automate.web.asgi import application"


def racer(way: str, host: str, token: str) -> subprocess.Popen[str]:
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (ROOT, ROOT / "platform")))}
    command = [sys.executable, "-m", "tests.support.revocation_racer", way, host, token]
    return subprocess.Popen(
        command, env=environment, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def raced(api: Api, stage: Stage, hosts: Sequence[str]) -> tuple[float, dict[str, list[tuple[float, bool]]]]:
    """When the revocation was answered, and the attempts by way and place of the racer."""
    made = api.data(CREATE)["createToken"]
    running = [racer(way, hosts[place % len(hosts)], made["value"]) for place, way in enumerate(WAYS)]
    for one in running:
        assert one.stdout is not None
        assert one.stdout.readline() == "ready\n"
    _busy(stage, BEFORE)
    assert api.data(REVOKE, id=made["token"]["id"])["revokeToken"]["errors"] == []
    answered = time.time()
    _busy(stage, AFTER)
    said = [one.communicate("stop\n", timeout=60)[0] for one in running]
    assert [one.returncode for one in running] == [0] * len(running)
    return answered, {
        f"{way} {place}": json.loads(text) for place, (way, text) in enumerate(zip(WAYS, said, strict=True))
    }


def _busy(stage: Stage, seconds: float) -> None:
    """Let the feed have items all the time."""
    until = time.monotonic() + seconds
    while time.monotonic() < until:
        stage.write("running", "waiting", "running")
        time.sleep(0.02)


def late(answered: float, attempts: dict[str, list[tuple[float, bool]]]) -> dict[str, int]:
    """By racer, how often it was admitted after a second."""
    found = {
        name: sum(1 for began, admitted in tried if admitted and began > answered + SECOND)
        for name, tried in attempts.items()
    }
    return {name: count for name, count in found.items() if count}


@pytest.mark.long
@pytest.mark.slow
def test_no_server_admits_a_token_one_second_after_its_revocation(
    api: Api, stage: Stage, serve: Callable[[str], Any]
) -> None:
    with serve(PLAIN) as one, serve(PLAIN) as other:
        answered, attempts = raced(api, stage, (one, other))
    assert late(answered, attempts) == {}
    for name, tried in attempts.items():
        before = [admitted for began, admitted in tried if began < answered]
        after = [admitted for began, admitted in tried if began > answered + SECOND]
        assert any(before), f"{name} was admitted before"
        assert after, f"{name} went on trying"


@pytest.mark.slow
@pytest.mark.long
def test_server_that_looks_at_no_open_connection_is_found_out(
    api: Api, stage: Stage, serve: Callable[[str], Any]
) -> None:
    """The sabotaged twin."""
    with serve(BLIND) as one:
        answered, attempts = raced(api, stage, (one,))
    assert {name.split()[0] for name in late(answered, attempts)} & {"stream", "socket"}


@pytest.mark.slow
@pytest.mark.long
def test_server_that_remembers_tokens_for_long_is_found_out(
    api: Api, stage: Stage, serve: Callable[[str], Any]
) -> None:
    """The sabotaged twin of requests."""
    with serve(STALE) as one:
        answered, attempts = raced(api, stage, (one,))
    assert {name.split()[0] for name in late(answered, attempts)} >= {"http"}
