"""Points are spent from two buckets, the token's and the tenant's, which all web processes share."""

from __future__ import annotations

import time
import uuid
from collections.abc import Callable
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from automate.kernel import access_changes
from tests.support.api import MAIN_JOB, Api, code_of
from tests.support.sockets import open_socket

PAGE = "{ runs(first: 50) { edges { node { id state steps { key state } } } } }"
VALIDATE = "query($d: JSON!) { validateWorkflow(definition: $d) { valid errors { code } } }"


class Clock:
    """Seconds that a test moves. Redis has its own, which goes on."""

    def __init__(self) -> None:
        self.seconds = 1_000.0

    def __call__(self) -> float:
        return self.seconds


def allowance(name: str, per_second: int, clock: Callable[[], float], token: str = "t") -> Any:
    """What one process knows of a tenant's bucket and of one of its tokens'."""
    from graphql_schema.allowance import Account, PointsAllowance, PointsBucket

    key = f"automate:points:{{{name}}}"
    tenant = Account(PointsBucket(key, "tenant", per_second), clock)
    return PointsAllowance(Account(PointsBucket(f"{key}:{token}", "token", per_second // 2), clock), tenant)


@pytest.fixture
def name() -> str:
    return uuid.uuid4().hex


@pytest.fixture
def points(settings_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> Callable[[int], Any]:
    """Settings under which a tenant gains so many points a second, with accounts that begin anew."""
    from automate.kernel.bounded import BoundedCache
    from graphql_schema import allowance as module

    monkeypatch.setattr(module, "_accounts", BoundedCache(100))
    monkeypatch.setattr(module, "_allowances", BoundedCache(100))
    return lambda per_second: settings_of(API_POINTS_PER_SECOND=per_second)


def spent_until_refused(allowed: Any, points: int, most: int = 10_000) -> int:
    """How often."""
    from automate.kernel.errors import NormalizedError

    for count in range(most):
        try:
            allowed.require(points)
        except NormalizedError:
            return count
        allowed.spend(points)
    return most


def test_token_empties_its_own_bucket_and_refills(name: str) -> None:
    clock, began = Clock(), time.monotonic()

    def spent_by(token: str) -> int:
        return spent_until_refused(allowance(name, 10_000, clock, token=token), 1_000)

    # Redis counts by its own clock: meanwhile a token gains 5,000 points a second, and its tenant 10,000.
    assert 60 <= spent_by("first") <= 60 + 5 * (time.monotonic() - began)
    assert 60 <= spent_by("other") <= 60 + 5 * (time.monotonic() - began)
    assert spent_by("third") <= 10 * (time.monotonic() - began)


def test_refusal_says_when_to_come_back(name: str) -> None:
    from automate.kernel.errors import NormalizedError

    allowed = allowance(name, 10_000, Clock())
    allowed.require(0)
    allowed.spend(60_000)
    with pytest.raises(NormalizedError) as refused:
        allowed.require(12_000)
    details = refused.value.details
    assert (refused.value.code, refused.value.retryable) == ("RATE_LIMITED", True)
    assert (details["limit"], details["requested"], details["remaining"]) == ("token_points", 12_000, 0)
    assert (details["capacity"], details["refillPerSecond"], details["retry_after_seconds"]) == (60_000, 5_000, 3)


def test_processes_together_spend_little_more_than_the_bucket(name: str) -> None:
    """Four processes in turn: what each spends unseen is bounded by SYNC_SHARE of a second."""
    began = time.monotonic()
    processes = [allowance(name, 10_000, Clock()) for _ in range(4)]
    spent = 0
    while any(counts := [spent_until_refused(process, 100, most=1) for process in processes]):
        spent += 100 * sum(counts)
    # Redis counts by its own clock: meanwhile the token gains 5,000 points a second.
    assert 60_000 <= spent <= 60_000 + 4 * 600 + 5_000 * (time.monotonic() - began)


def test_processes_that_never_report_overspend(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """The twin: without visits each process has a bucket of its own."""
    from graphql_schema.allowance import PointsAllowance

    monkeypatch.setattr(PointsAllowance, "_visit", lambda _self, **_how: None)
    processes = [allowance(name, 10_000, Clock()) for _ in range(4)]
    assert sum(spent_until_refused(process, 1_000) for process in processes) == 4 * 60


def test_debt_is_paid_back_and_bounded(name: str) -> None:
    from automate.kernel.errors import NormalizedError

    allowed = allowance(name, 10_000, Clock())
    allowed.require(0)
    allowed.spend(10_000_000)
    with pytest.raises(NormalizedError) as refused:
        allowed.require(0)
    assert refused.value.details["retry_after_seconds"] == 12


def test_without_redis_each_process_has_its_own_bucket(name: str, settings_of: Any) -> None:
    clock = Clock()
    with settings_of(REDIS_URL=""):
        allowed = allowance(name, 10_000, clock)
        assert spent_until_refused(allowed, 1_000) == 60
        clock.seconds += 1
        assert spent_until_refused(allowed, 1_000) == 5
        clock.seconds += 1_000
        assert spent_until_refused(allowed, 1_000) == 60


def test_few_requests_visit_redis(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    from graphql_schema import allowance as module

    visits, original = [], module.asked
    monkeypatch.setattr(module, "asked", lambda question: (visits.append(1), original(question))[1])
    allowed = allowance(name, 10_000, Clock())
    assert spent_until_refused(allowed, 10, most=500) == 500
    assert len(visits) == 1 + 5_000 // 500 - 1


def test_empty_bucket_refuses_over_every_transport(api: Api, points: Any) -> None:
    with points(2):
        from graphql_schema.allowance import allowance_of
        from graphql_schema.execution import credential_of

        allowance_of(credential_of(f"Bearer {api.token}", "")).spend(20_001)
        response = api.post({"query": "{ __typename }"})
        assert (response.status_code, code_of(response)) == (429, "RATE_LIMITED")
        details = response.json()["errors"][0]["extensions"]["details"]
        assert response["Retry-After"] == str(details["retry_after_seconds"])
        stream = api.client.post(
            "/graphql/stream",
            data=b'{"query": "{ __typename }"}',
            content_type="application/json",
            headers={"Authorization": f"Bearer {api.token}", "Accept": "text/event-stream"},
        )
        assert (stream.status_code, stream["Retry-After"]) == (429, response["Retry-After"])


@pytest.mark.slow
def test_socket_is_refused_and_stays_open(api: Api, web: str, run_async: Any, points: Any) -> None:
    """The web process is another one: it learns of the spent points from Redis."""
    from graphql_schema.allowance import allowance_of
    from graphql_schema.execution import credential_of

    allowed = allowance_of(credential_of(f"Bearer {api.token}", ""))
    allowed.require(0)
    allowed.spend(10_000_000)
    allowed._visit(wait=True)

    async def scenario() -> Any:
        async with open_socket(web, api.token) as socket:
            await socket.subscribe("1", "{ __typename }")
            first = await socket.error()
            await socket.subscribe("2", "subscription { runFeed { kind } }")
            return first, await socket.error()

    assert run_async(scenario()) == ("RATE_LIMITED", "RATE_LIMITED")


def test_answer_shows_what_is_left(busy: Any, points: Any) -> None:
    with points(10_000):
        first, second = (busy.api.answer(PAGE)["extensions"]["cost"] for _ in range(2))
    assert set(first) == {"requested", "charged", "maximum", "remaining", "capacity", "refillPerSecond"}
    assert (first["requested"], first["maximum"]) == (2_550, 20_000)
    assert (first["capacity"], first["refillPerSecond"]) == (60_000, 5_000)
    assert 128 <= second["charged"] < 2_550
    assert second["remaining"] < first["remaining"] + 5_000


def test_parsing_of_a_body_is_charged_and_refused_without_points(api: Api, points: Any) -> None:
    """A long list of a refused request costs its caller what it costs web."""
    long = {"query": "query($types: [String!]) { events(filter: {types: $types}) { __typename } }"}
    long["variables"] = {"types": ["a"] * 90_000}  # type: ignore[assignment]
    with points(10_000):
        from graphql_schema.allowance import allowance_of
        from graphql_schema.execution import credential_of

        allowed = allowance_of(credential_of(f"Bearer {api.token}", ""))
        response = api.post(long)
        assert code_of(response) == "GRAPHQL_TOO_COMPLEX"
        # Points of 50 us: the body takes milliseconds.
        assert allowed.tighter()[1] <= 60_000 - 20
        allowed.spend(10_000_000)
        response = api.post(b"{ this is no JSON")
        assert code_of(response) == "RATE_LIMITED"


def test_work_beyond_the_price_is_charged(api: Api, monkeypatch: pytest.MonkeyPatch) -> None:
    """A field that is priced too low empties the bucket all the same."""
    import time

    from graphql_schema import answering

    original = answering.execute

    def slow(*arguments: Any) -> Any:
        end = time.thread_time() + 0.02
        while time.thread_time() < end:
            pass
        return original(*arguments)

    monkeypatch.setattr(answering, "execute", slow)
    assert api.answer("{ runs(first: 1) { totalCount } }")["extensions"]["cost"]["charged"] >= 400


def test_refused_documents_are_charged(api: Api, points: Any) -> None:
    with points(1_000):  # it refills slowly, beside documents that a busy machine takes seconds for
        before = api.answer("{ __typename }")["extensions"]["cost"]
        for n in range(10):
            api.post(
                {
                    "query": "{ node(id: 1) { ... on ExecutionRun {"
                    + f" steps(first: 1) {{ a{n}: id key }}" * 100
                    + "} } }"
                }
            )
        after = api.answer("{ __typename }")["extensions"]["cost"]
    assert before["remaining"] - after["remaining"] > 1_000


@pytest.mark.slow
def test_work_of_children_is_charged(api: Api, settings_of: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    """A definition above 4 KiB is checked in a child process, whose time this thread does not take."""
    from automate.heavy import services
    from automate.kernel import effort
    from graphql_schema.prices import POINT_SECONDS

    reported: list[float] = []
    original = effort.spent
    monkeypatch.setattr(effort, "spent", lambda seconds: (reported.append(seconds), original(seconds)))
    step = {
        "uses": "http.request",
        "with": {"url": "https://example.com/{{ event.payload.a }}", "json": {"a": "{{ event.id }}" * 20}},
    }
    definition = {"schema": 1, "steps": [{"key": f"s{n}", **step} for n in range(500)]}
    with settings_of(HEAVY_PROCESSES=2):
        answer = api.answer(VALIDATE, d=definition)
        services.pool().close()
        services.pool.cache_clear()
    assert answer["data"]["validateWorkflow"] == {"valid": True, "errors": []}
    (seconds,) = reported
    assert answer["extensions"]["cost"]["charged"] > seconds / POINT_SECONDS > 0


def test_points_cost_no_statement(busy: Any) -> None:
    access_changes.changed()
    with CaptureQueriesContext(connection) as captured:
        busy.api.answer("{ __typename }")
    assert len(captured) == 1, "that of the token"


def test_ordinary_use_never_meets_the_bucket(busy: Any, points: Any) -> None:
    """A person who opens every page of the contract each second for a minute spends less than the token gains."""
    with points(10_000):
        costs = [
            busy.api.answer(MAIN_JOB[name], **variables)["extensions"]["cost"]["charged"]
            for name, variables in (("Runs", {"first": 50}), ("Events", {"first": 50}), ("Workflows", {"first": 50}))
            for _ in range(3)
        ]
        left = busy.api.answer("{ __typename }")["extensions"]["cost"]
    assert sum(costs) / 3 < left["refillPerSecond"] / 2
