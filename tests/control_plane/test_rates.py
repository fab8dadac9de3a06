"""Webhooks come in no faster than their source says, over all processes together, and few of them ask Redis."""

from __future__ import annotations

import hmac
import json
import math
import threading
import time
import uuid
from typing import Any

import pytest
from django.test import Client

from automate.events.models import Event
from automate.kernel.limits import LIMITS
from automate.kernel.tenancy import acting_for
from automate.outbox import wakeups
from automate.triggers import rates
from automate.triggers.rates import Gate, TokenBucket
from automate.triggers.source_settings import SourceRate
from automate.triggers.sources import save_source
from tests.support.racing import race
from tests.support.source_requests import post, recorded_statements

SECRET = "correct horse battery"
SLOW = SourceRate(per_second=10, burst=40)


class Clock:
    def __init__(self) -> None:
        self.now = 1_000.0

    def __call__(self) -> float:
        return self.now


def admitted(gates: list[Gate], rate: SourceRate, tries: int) -> int:
    """How many webhooks come in where each gate is tried so often, at the same time."""
    count, lock = [0], threading.Lock()
    start = threading.Barrier(len(gates))

    def knock(gate: Gate) -> None:
        start.wait()
        for _ in range(tries):
            if gate.wait(1, rate) == 0:
                with lock:
                    count[0] += 1

    threads = [threading.Thread(target=knock, args=(gate,)) for gate in gates]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return count[0]


@pytest.fixture
def key(database) -> str:
    return f"automate:test:{uuid.uuid4().hex}"


@pytest.fixture
def no_redis(monkeypatch):
    monkeypatch.setattr(rates, "asked", lambda _question: None)


def test_bucket_fills_by_its_clock_and_no_further_than_its_burst():
    clock = Clock()
    bucket = TokenBucket(clock)
    assert [bucket.take(1, 2, 3) for _ in range(4)] == [0, 0, 0, 0.5]
    clock.now += 0.5
    assert [bucket.take(1, 2, 3) for _ in range(2)] == [0, 0.5]
    clock.now += 3_600
    assert [bucket.take(1, 2, 3) for _ in range(4)] == [0, 0, 0, 0.5]
    assert bucket.take(3, 2, 3) == 1.5


@pytest.mark.slow
def test_processes_together_let_in_no_more_than_the_bucket_allows(key):
    began = time.monotonic()
    count = admitted([Gate(key) for _ in range(4)], SLOW, 100)
    took = time.monotonic() - began
    assert SLOW.burst <= count + 4 * (SLOW.per_second // rates.HANDFULS_PER_SECOND)
    assert count <= SLOW.burst + math.ceil(took * SLOW.per_second)


@pytest.mark.slow
def test_processes_that_do_not_share_a_bucket_break_that_law(key, no_redis):
    """The sabotaged twin, and what stands while Redis is away: each lets in what one may."""
    assert admitted([Gate(key) for _ in range(4)], SLOW, 60) >= 4 * SLOW.burst


def test_few_webhooks_ask_redis(key, monkeypatch):
    asks = []
    monkeypatch.setattr(rates, "asked", lambda question: asks.append(1) or wakeups.asked(question))
    gate, fast = Gate(key), SourceRate(per_second=1_000, burst=1_000)
    assert [gate.wait(1, fast) for _ in range(500)] == [0] * 500
    assert len(asks) == 5


def test_who_is_refused_asks_again_only_once_there_may_be_room(key, monkeypatch):
    clock, asks = Clock(), []
    monkeypatch.setattr(rates, "asked", lambda question: asks.append(1) or wakeups.asked(question))
    gate, tiny = Gate(key, clock), SourceRate(per_second=1, burst=1)
    assert gate.wait(1, tiny) == 0
    first = gate.wait(1, tiny)
    assert 0 < first <= 1
    assert [gate.wait(1, tiny) for _ in range(50)] == [pytest.approx(first)] * 50
    assert len(asks) == 2
    clock.now += 1
    gate.wait(1, tiny)
    assert len(asks) == 3


def test_what_is_held_too_long_is_given_up(key):
    clock = Clock()
    gate, fast = Gate(key, clock), SourceRate(per_second=100, burst=100)
    assert gate.wait(1, fast) == 0
    assert gate._tokens == 9
    clock.now += rates.HELD_SECONDS
    assert gate.wait(1, fast) == 0
    assert gate._tokens == 9, "a new handful, and none of the old one"


def test_without_redis_each_process_has_a_bucket_of_its_own(key, no_redis):
    clock = Clock()
    gate = Gate(key, clock)
    assert [gate.wait(1, SLOW) for _ in range(SLOW.burst)] == [0] * SLOW.burst
    assert gate.wait(1, SLOW) == pytest.approx(0.1)
    clock.now += 0.1
    assert gate.wait(1, SLOW) == 0


def test_change_of_a_rate_holds_at_once(key):
    gate = Gate(key, Clock())
    assert gate.wait(1, SourceRate(per_second=1, burst=1)) == 0
    assert gate.wait(1, SourceRate(per_second=1, burst=1)) > 0
    other = Gate(key)
    time.sleep(0.01)
    assert other.wait(1, SourceRate(per_second=10_000, burst=10)) == 0


@pytest.fixture
def standing() -> Clock:
    return Clock()


@pytest.fixture
def narrow(tenant, no_redis, standing):
    """The URL of a signed source that takes in three at once, on a clock that stands."""
    with acting_for(tenant.ref):
        source_id = save_source(
            slug="narrow",
            scheme="HMAC",
            secrets=[SECRET],
            options=None,
            intake={"rate_limit": {"per_second": 1, "burst": 3}},
            expected_revision=None,
        )
    rates._gates.put(source_id, Gate("", standing))
    return f"/t/{tenant.ref.slug}/hooks/narrow"


def signed(url: str, value: Any, secret: str = SECRET, kind: str = "application/json"):
    body = json.dumps(value).encode()
    proof = hmac.new(secret.encode(), body, "sha256").hexdigest()
    return Client().post(url, data=body, content_type=kind, headers={"X-Signature": proof})


@pytest.mark.slow
def test_too_fast_is_refused_with_the_time_to_wait(narrow, tenant):
    assert [signed(narrow, n).status_code for n in range(3)] == [202] * 3
    refused = signed(narrow, 3)
    assert (refused.status_code, refused.json()["code"], refused["Retry-After"]) == (429, "RATE_LIMITED", "1")
    assert refused.json()["details"] == {"retry_after_seconds": 1, "per_second": 1, "burst": 3}
    with acting_for(tenant.ref):
        assert Event.objects.count() == 3


def test_who_cannot_sign_uses_nothing_up(narrow):
    assert {signed(narrow, n, "another secret").status_code for n in range(20)} == {401}
    assert [signed(narrow, n).status_code for n in range(3)] == [202] * 3


def test_each_event_of_a_batch_counts(narrow):
    one = {"specversion": "1.0", "source": "/s", "type": "a"}
    batch = "application/cloudevents-batch+json"
    assert signed(narrow, [{**one, "id": str(n)} for n in range(3)], kind=batch).status_code == 202
    assert signed(narrow, 1).status_code == 429


def test_batch_of_more_than_a_burst_empties_the_bucket(narrow):
    one = {"specversion": "1.0", "source": "/s", "type": "a"}
    batch = "application/cloudevents-batch+json"
    assert signed(narrow, [{**one, "id": str(n)} for n in range(50)], kind=batch).status_code == 202
    assert signed(narrow, 1).status_code == 429


def test_batch_of_a_whole_burst_is_let_in_after_a_silence(key):
    """What its request took is a handful, and what is left of that counts."""
    rate = SourceRate()
    assert rate.burst >= LIMITS.batch_events
    gate = Gate(key)
    assert [gate.wait(1, rate), gate.wait(rate.burst - 1, rate)] == [0, 0]


def test_batch_that_comes_again_when_it_was_told_to_is_let_in(narrow, standing):
    """Its request takes a token too: told only when the others would be there, it would come too early for ever."""
    one = {"specversion": "1.0", "source": "/s", "type": "a"}
    batch = [{**one, "id": str(n)} for n in range(3)]
    assert signed(narrow, 0).status_code == 202
    refused = signed(narrow, batch, kind="application/cloudevents-batch+json")
    assert (refused.status_code, refused["Retry-After"]) == (429, "2")
    standing.now += 2
    assert signed(narrow, batch, kind="application/cloudevents-batch+json").status_code == 202


def test_rate_costs_no_statement(open_hook, monkeypatch):
    from automate.events import services

    monkeypatch.setattr(services, "KEYS_PER_PRUNING", 1 << 128)
    post(open_hook)
    with recorded_statements() as statements:
        assert post(open_hook).status_code == 202
    assert [statement.split()[0] for statement in statements] == ["SELECT", "WITH"]


def test_threads_of_a_process_hold_back_nothing_from_another(key):
    """Forty at once, where a handful is five: they take what they need, and less than a handful more."""
    clock, rate = Clock(), SourceRate(per_second=50, burst=50)
    gate, other = Gate(key, clock), Gate(key, clock)
    assert race(40, lambda _: gate.wait(1, rate)) == [0] * 40
    assert [other.wait(1, rate) for _ in range(10)] == [0] * 10
