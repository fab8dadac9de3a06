"""``automate tail`` where the server is there and its database is not yet."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable
from typing import Any

import pytest

from tests.support.facts import naming

SECONDS = 30
AWAY_FOR = """
from automate.web.asgi import application
from django.db import OperationalError
from tenants import authentication
find_token, left = authentication.find_token, [{times}]
def away(digest):
    if left[0]:
        left[0] -= 1
        raise OperationalError("the database system is starting up")
    return find_token(digest)
authentication.find_token = away
"""


@pytest.mark.slow
@pytest.mark.parametrize("words", [(), ("--workflow", "one")], ids=["the feed", "the workflow"])
def test_tail_waits_for_a_database_that_is_away_when_it_begins(
    serve: Callable[[str], Any], tenant: Any, plane: Any, words: tuple[str, ...]
) -> None:
    plane.publish("one", [{"key": "a", "uses": "log.write", "with": {"message": "x"}}])
    with serve(AWAY_FOR.format(times=3)) as host:
        server = f"http://{host}"
        tail = subprocess.Popen(
            [sys.executable, "-m", "automate.cli", "tail", *words],
            env={**os.environ, "AUTOMATE_URL": server, "AUTOMATE_TOKEN": tenant.token, "COLUMNS": "300"},
            stderr=subprocess.PIPE,
            text=True,
        )
        try:
            assert tail.stderr is not None
            said = [tail.stderr.readline().strip() for _ in range(2)]
            tail.terminate()
            assert tail.wait(SECONDS) == 128 + 15
        finally:
            tail.kill()
            tail.communicate()
    assert said == [
        naming(server, "database", "again"),
        naming(words[-1] if words else "all", server, "Ctrl-C"),
    ]
