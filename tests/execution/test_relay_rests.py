"""While the room is full, the relay rests until workers have claimed enough. Newcomers do not wait for that."""

from __future__ import annotations

import threading
import time
import uuid
from types import SimpleNamespace
from typing import Any

import psycopg
import pytest
from django.conf import settings

from actors.holding import SMALL_JOBS
from actors.relay import main
from actors.relay.main import Relay
from actors.relay.turns import Room
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.outbox import costs, queries, wakeups
from automate.outbox.dispatching.claims import DEPTH_SAMPLE
from automate.outbox.jobs import LaterTurn
from tests.support.lanes import claim_all, dispatch_round, fill, lane, set_lane, shares
from tests.support.plane import Root

pytestmark = pytest.mark.usefixtures("lanes")

WINDOW, BATCH, ROOM = 40, 10, 40.0
DEEP = 100


def sent_beside_a_full_room(root: Root, jobs: int, *, reserve: float, debt: float = 0.0, weight: int = 1) -> int:
    """How many jobs of a tenant are sent after those of two others have filled the room."""
    fill(root, dict.fromkeys(range(2), DEEP))
    assert len(dispatch_round(window=WINDOW, batch=BATCH, room=ROOM).jobs) == ROOM
    fill(root, {5: jobs})
    set_lane(5, weight=weight)
    how = {"window": WINDOW, "batch": BATCH, "room": ROOM, "debts": {lane(5): debt}}
    found = dispatch_round(**how, reserve=reserve)  # type: ignore[arg-type] # a dict of all arguments
    return shares(found.jobs).pop(5, 0)


@pytest.mark.parametrize("jobs", [1, DEPTH_SAMPLE])
def test_newcomer_exceeds_the_room(root: Root, jobs: int) -> None:
    assert sent_beside_a_full_room(root, jobs, reserve=20) == jobs


def test_twin_without_reserve_sends_nothing(root: Root) -> None:
    """Shows that the test above can fail."""
    assert sent_beside_a_full_room(root, 1, reserve=0) == 0


def test_tenant_with_debt_is_no_newcomer(root: Root) -> None:
    assert sent_beside_a_full_room(root, 1, reserve=20, debt=0.5) == 0


def test_tenant_with_many_jobs_is_no_newcomer(root: Root) -> None:
    assert sent_beside_a_full_room(root, DEPTH_SAMPLE + 1, reserve=20, weight=9) == 0


def test_many_newcomers_do_not_exceed_the_reserve(root: Root) -> None:
    fill(root, {**dict.fromkeys(range(2), DEEP)})
    dispatch_round(window=WINDOW, batch=BATCH, room=ROOM)
    fill(root, dict.fromkeys(range(10, 60), 5))
    found = dispatch_round(window=WINDOW, batch=BATCH, room=ROOM, reserve=20)
    assert len(found.jobs) == 20


@pytest.fixture
def relay(monkeypatch: pytest.MonkeyPatch) -> Relay:
    """A relay whose messages go nowhere, and which no other test has woken."""
    monkeypatch.setattr(main, "is_woken", lambda *_keys: False)
    monkeypatch.setattr(settings, "RELAY_WINDOW_JOBS", WINDOW)
    monkeypatch.setattr(settings, "RELAY_BATCH_JOBS", BATCH)
    monkeypatch.setattr(costs, "read", lambda: None)
    monkeypatch.setattr(main, "begin_jobs", SimpleNamespace(send=lambda *_arguments: None))
    return Relay(threading.Event())


def dispatched(relay: Relay) -> int:
    with acting_for_platform("as the relay does", QUEUE_ROLE):
        return relay.dispatch()


def test_small_messages_of_tenants_without_debt_are_announced(
    root: Root, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    announced: list[uuid.UUID] = []
    monkeypatch.setattr(main.small_work, "expect", announced.append)
    fill(root, {0: SMALL_JOBS, 1: SMALL_JOBS + 1, 2: 1, 3: DEEP})
    relay.shares._tags[lane(2)] = 1_000.0
    dispatched(relay)
    assert announced == [lane(0)]


def test_full_room_rests_until_half_of_it_is_free(root: Root, relay: Relay) -> None:
    room = int(relay.room.milliseconds())
    fill(root, dict.fromkeys(range(20), DEEP))
    assert dispatched(relay) == room
    assert (relay.surplus, relay.more) == (room // 2, True)
    assert dispatched(relay) == 0
    assert (relay.surplus, relay.more) == (room // 2, True)
    claim_all(root)
    assert dispatched(relay) == room


def test_tenants_whose_jobs_fill_the_room_have_more(root: Root, relay: Relay) -> None:
    """None of them is at its window, and none got no turn."""
    relay.room = Room(80.0, 1.0)
    fill(root, dict.fromkeys(range(8), 15))
    assert dispatched(relay) == 80
    assert dispatched(relay) == 0
    assert (relay.surplus, relay.more) == (40, True)
    claim_all(root)
    assert dispatched(relay) == 40


def test_few_dear_jobs_do_not_change_the_mean(root: Root, relay: Relay) -> None:
    """The relay estimates with it how many of the waiting jobs take half of the room."""
    relay.room = Room(80.0, 1.0)
    fill(root, dict.fromkeys(range(8), 15))
    dispatched(relay)
    relay.costs = {lane(50): 3.0}
    fill(root, {50: 1})
    assert dispatched(relay) == 1
    assert relay.surplus == 80 + 3 - 40


def test_room_that_is_not_full_does_not_rest(root: Root, relay: Relay) -> None:
    fill(root, {0: 3})
    assert dispatched(relay) == 3
    assert (relay.surplus, relay.more) == (0, False)


def test_tenant_with_a_full_window_has_more(root: Root, relay: Relay) -> None:
    """A claim by a worker makes room for more jobs of this tenant."""
    fill(root, {0: DEEP})
    assert dispatched(relay) == WINDOW
    assert (relay.surplus, relay.more) == (0, True)
    assert dispatched(relay) == 0
    assert (relay.surplus, relay.more) == (0, True)


def test_tenant_whose_due_jobs_are_all_sent_has_no_more(root: Root, relay: Relay) -> None:
    fill(root, {0: WINDOW})
    assert dispatched(relay) == WINDOW
    assert not relay.more
    fill(root, {0: 1})
    assert dispatched(relay) == 0
    assert relay.more


def test_tenant_whose_later_job_is_sent_has_no_more(root: Root, relay: Relay) -> None:
    """An earlier job of the tenant waits for a worker."""
    for _ in range(2):
        fill(root, {0: 1})
        assert dispatched(relay) == 1
        assert not relay.more


@pytest.mark.parametrize(
    ("jobs", "waits"),
    [
        ({}, ("wakeup", ())),
        ({0: 1}, ("wakeup", ())),
        ({0: DEEP}, ("wakeup", (wakeups.CLAIMED_KEY,))),
        (dict.fromkeys(range(20), DEEP), ("claims", ())),
    ],
)
def test_claims_wake_a_relay_that_has_more_to_send(
    root: Root, relay: Relay, monkeypatch: pytest.MonkeyPatch, jobs: dict[int, int], waits: tuple[str, Any]
) -> None:
    heard: list[tuple[str, Any]] = []

    def hears(kind: str) -> Any:
        def wait(_first: Any, _second: float, *more: str) -> None:
            heard.append((kind, more))
            relay.stop.set()

        return wait

    monkeypatch.setattr(main, "wait_for_wakeup", hears("wakeup"))
    monkeypatch.setattr(main, "wait_for_claims", hears("claims"))
    monkeypatch.setattr(main, "GAP_SECONDS", 0.0)
    marks, mark = [], relay.mark
    monkeypatch.setattr(relay, "mark", lambda room: marks.append(room) or mark(room))
    fill(root, jobs)
    relay.run()
    assert heard == [waits]
    assert len(marks) == 1


@pytest.fixture
def hints(servers: Any, monkeypatch: pytest.MonkeyPatch) -> Any:
    """A real Redis without wakeups."""
    monkeypatch.setattr(settings, "REDIS_URL", servers.redis_url)
    for client in (wakeups.client, wakeups._waiting_client):
        client.cache_clear()
    monkeypatch.setattr(wakeups._Backoff, "until", 0.0)
    wakeups.client().delete(wakeups.RELAY_KEY, wakeups.CLAIMED_KEY)
    yield wakeups.client()
    for client in (wakeups.client, wakeups._waiting_client):
        client.cache_clear()


def waits_of(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """For how long the relay waits after its first rounds."""
    waits: list[float] = []

    def wait(_key: str, seconds: float, *_more: str) -> None:
        waits.append(seconds)
        relay.stop.set()

    monkeypatch.setattr(main, "wait_for_wakeup", wait)
    relay.run()
    return waits


def becomes_due_during_the_round(root: Root, monkeypatch: pytest.MonkeyPatch, jobs: int) -> None:
    """A job is due after the statement of the round, and before the relay asks when the next job is due. jobs: of another tenant."""

    def send(*_arguments: object) -> None:
        fill(root, {1: 1})
        root.execute("UPDATE public.outbox_job SET due_at = clock_timestamp() WHERE tenant_id = %s", lane(1))

    monkeypatch.setattr(main, "begin_jobs", SimpleNamespace(send=send))
    fill(root, {0: jobs})


@pytest.mark.parametrize("jobs", [1, DEEP])
def test_job_that_becomes_due_during_the_round_begins_another(
    root: Root, relay: Relay, monkeypatch: pytest.MonkeyPatch, jobs: int
) -> None:
    becomes_due_during_the_round(root, monkeypatch, jobs)
    assert waits_of(relay, monkeypatch) == [0.0]


def test_twin_that_asks_for_later_jobs_alone_waits(root: Root, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    """Shows that the test above can fail."""
    ask = queries.seconds_to_next_due
    monkeypatch.setattr(queries, "seconds_to_next_due", lambda _since: ask())
    becomes_due_during_the_round(root, monkeypatch, 1)
    assert waits_of(relay, monkeypatch) == [settings.RELAY_POLL_SECONDS]


def test_job_that_another_session_had_locked_begins_another_round(root: Root, relay: Relay) -> None:
    fill(root, {0: 3})
    with psycopg.connect(root.url, dbname="automate") as other:
        other.execute("SELECT id FROM public.outbox_job ORDER BY due_at LIMIT 1 FOR UPDATE")
        assert dispatched(relay) == 2
        assert relay.again
    assert dispatched(relay) == 1
    assert not relay.again


def test_skipped_tenant_has_a_turn_at_once_when_the_room_is_not_full(root: Root, relay: Relay) -> None:
    """Another relay has sent the jobs of the tenant for which it was skipped."""
    relay.costs_read_at = time.monotonic()
    fill(root, {0: 5, 1: DEEP})
    relay.later.remember([LaterTurn(lane(7), 1, 500.0), LaterTurn(lane(1), 1, 600.0)])
    assert dispatched(relay) == 5
    assert relay.again
    assert dispatched(relay) == WINDOW
    assert not relay.again


def test_relay_that_is_woken_does_not_ask_when_the_next_job_is_due(
    root: Root, relay: Relay, hints: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The statement reads a row of each tenant with open jobs."""
    asked: list[Any] = []
    monkeypatch.setattr(main, "is_woken", wakeups.is_woken)
    monkeypatch.setattr(queries, "seconds_to_next_due", asked.append)
    wakeups.wake_relay()
    assert waits_of(relay, monkeypatch) == [settings.RELAY_POLL_SECONDS]
    assert asked == []
    wakeups.wait_for_wakeup(wakeups.RELAY_KEY, 30)
    relay.stop.clear()
    assert waits_of(relay, monkeypatch) == [settings.RELAY_POLL_SECONDS]
    assert len(asked) == 1


def test_tenants_with_fewer_jobs_than_assumed_leave_room_for_another_round(root: Root, relay: Relay) -> None:
    """After a deep queue, the round reads only the first jobs of the next queues, and assumes that they are deep, too."""
    relay.room = Room(2.0 * WINDOW, 1.0)
    fill(root, {0: DEEP, 1: DEPTH_SAMPLE + 1, 2: DEPTH_SAMPLE + 1})
    rounds = [dispatched(relay)]
    assert rounds[0] < 2 * WINDOW
    while relay.again:
        rounds.append(dispatched(relay))
    assert sum(rounds) >= WINDOW + 2 * (DEPTH_SAMPLE + 1)


class Stop(threading.Event):
    """Notes how long the relay rests, and waits for nothing."""

    def __init__(self) -> None:
        super().__init__()
        self.rests: list[float | None] = []

    def wait(self, timeout: float | None = None) -> bool:
        self.rests.append(timeout)
        return self.is_set()


def test_only_a_round_that_a_new_job_began_is_followed_by_a_rest(
    root: Root, relay: Relay, monkeypatch: pytest.MonkeyPatch
) -> None:
    relay.stop = stop = Stop()
    began, rests = iter([False, True, False, False]), []

    def wait(_jobs: int, _seconds: float) -> bool:
        rests.append(len(stop.rests))
        woken = next(began)
        if len(rests) == 4:
            stop.set()
        return woken

    monkeypatch.setattr(main, "wait_for_claims", wait)
    fill(root, dict.fromkeys(range(20), DEEP))
    relay.run()
    assert (rests, stop.rests) == ([0, 0, 1, 1], [main.GAP_SECONDS])


def seconds_until_claims(jobs: int, seconds: float) -> float:
    began = time.monotonic()
    wakeups.wait_for_claims(jobs, seconds)
    return time.monotonic() - began


def test_claims_are_added_up(hints: Any) -> None:
    wakeups.tell_of_claims(3)
    wakeups.tell_of_claims(4)
    assert seconds_until_claims(7, 30) < 15
    wakeups.tell_of_claims(6)
    assert seconds_until_claims(7, 0.2) >= 0.2
    assert hints.llen(wakeups.CLAIMED_KEY) == 0


def test_new_job_ends_the_rest(hints: Any) -> None:
    wakeups.tell_of_claims(1)
    wakeups.wake_relay()
    assert wakeups.wait_for_claims(100, 30)


def test_claims_are_no_new_job(hints: Any) -> None:
    wakeups.tell_of_claims(1)
    assert not wakeups.wait_for_claims(1, 30)
    assert not wakeups.wait_for_claims(1, 0.05)


def test_values_of_other_programs_do_not_count(hints: Any) -> None:
    hints.lpush(wakeups.CLAIMED_KEY, "many", "-5", "")
    assert seconds_until_claims(1, 0.2) >= 0.2


def test_earlier_claims_are_forgotten(hints: Any) -> None:
    for _ in range(3):
        wakeups.tell_of_claims(5)
    wakeups.forget_claims()
    assert seconds_until_claims(1, 0.2) >= 0.2


def test_list_of_claims_is_bounded(hints: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(wakeups, "CLAIMS_KEPT", 4)
    for _ in range(9):
        wakeups.tell_of_claims(1)
    assert hints.llen(wakeups.CLAIMED_KEY) == 4
