"""Floods of refused requests on real servers: counted exactly in the audit record, over restarts of web."""

from __future__ import annotations

import urllib.error
import urllib.request
from collections.abc import Callable
from typing import Any

import pytest

from automate.triggers.wrong_signatures import FAILURES_AT_ONCE
from tests.api.test_signature_floods import ATTACKER, WRONG, path, sent
from tests.support.api import Api
from tests.support.tally import close, counted

__all__ = ["path"]
RARELY = """
import signal, sys
signal.signal(signal.SIGTERM, lambda _signal, _frame: sys.exit(0))
from automate.audit import tallies
tallies.WRITE_SECONDS = 3_600.0
from automate.web.asgi import application
"""
"""A server that writes counts only when it stops, in an orderly way as `automate web` does."""


def status(host: str, token: str) -> int:
    headers = {"Authorization": f"Bearer {token}", "Content-Type": "application/json"}
    request = urllib.request.Request(f"http://{host}/graphql", b'{"query": "{ viewer { name } }"}', headers)
    try:
        with urllib.request.urlopen(request) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def total(tenant: Any, action: str) -> int:
    return sum(changes["count"] for *_, changes in counted(tenant, action))


@pytest.mark.long
@pytest.mark.slow
def test_refused_uses_of_two_servers_are_counted_when_they_stop(
    api: Api, tenant: Any, superuser: Any, serve: Callable[[str], Any]
) -> None:
    made = api.data('mutation { createToken(input: {name: "ci", role: VIEWER}) { value token { id } } }')
    token = made["createToken"]
    api.data("mutation ($id: ID!) { revokeToken(input: {token: $id}) { errors { code } } }", id=token["token"]["id"])
    for _ in range(2):
        with serve(RARELY) as one, serve(RARELY) as other:
            assert {status(host, token["value"]) for host in (one, other) for _ in range(25)} == {401}
    close(superuser)
    assert total(tenant, "api_token.refuse") == 100
    entries = counted(tenant, "api_token.refuse")
    assert {actor for _, actor, _, _ in entries} == {"ci"}
    assert len(entries) == len({changes["minute"] for *_, changes in entries})


@pytest.mark.slow
def test_webhooks_with_wrong_signatures_are_counted_also_those_that_are_refused_unread(
    tenant: Any, path: str, superuser: Any, serve: Callable[[str], Any]
) -> None:
    times = 3 * FAILURES_AT_ONCE
    with serve(RARELY) as host:
        answers = [sent(host, path, ATTACKER, WRONG)[1] for _ in range(times)]
    close(superuser)
    assert {"INVALID_SIGNATURE", "RATE_LIMITED"} == set(answers)
    assert total(tenant, "source.refuse_webhook") == times
    assert {changes["reason"] for *_, changes in counted(tenant, "source.refuse_webhook")} == set(answers)
    assert {tuple(changes["addresses"]) for *_, changes in counted(tenant, "source.refuse_webhook")} == {(ATTACKER,)}
