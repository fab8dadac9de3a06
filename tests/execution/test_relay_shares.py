"""A tenant's share of the workers, round by round: who has had least goes first, and resting saves nothing up."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping

import pytest

from actors.relay.turns import MOST_TENANTS, Shares
from automate.outbox.dispatching.claims import TURN_MS
from automate.outbox.jobs import DispatchedJob
from tests.support.lanes import claim_all, dispatch, fill, lane, set_lane, shares
from tests.support.plane import Root

pytestmark = pytest.mark.usefixtures("lanes")

BATCH = 10


def sent(tenants: dict[int, int], *, competing: int) -> list[DispatchedJob]:
    return [
        DispatchedJob(uuid.uuid4(), lane(number), "event.match", alone=False, competing=competing)
        for number, jobs in tenants.items()
        for _ in range(jobs)
    ]


def a_round(root: Root, kept: Shares, *, room: int = BATCH) -> dict[int, int]:
    jobs = dispatch(window=2 * BATCH, room=room, batch=BATCH, debts=kept.debts())
    kept.charge(jobs)
    claim_all(root)
    return shares(jobs)


def test_a_turn_is_one_tenants_batch(root: Root) -> None:
    fill(root, dict.fromkeys(range(20), 100))
    kept, served = Shares(), Counter[int]()
    for _ in range(40):
        got = a_round(root, kept)
        assert list(got.values()) == [BATCH]
        served.update(got)
    assert dict(served) == dict.fromkeys(range(20), 2 * BATCH)


def test_newcomer_goes_before_all_that_wait_for_a_batch(root: Root) -> None:
    """Also where its id is the last in the ring."""
    fill(root, dict.fromkeys(range(20), 100))
    kept = Shares()
    for _ in range(30):
        a_round(root, kept)
    fill(root, {99: 1})
    assert 99 in a_round(root, kept)


def test_twin_with_a_job_in_each_turn_lets_the_newcomer_wait(root: Root) -> None:
    """Shows that the test above can fail."""
    fill(root, dict.fromkeys(range(20), 100))
    fill(root, {99: 1})
    assert 99 not in shares(dispatch(window=2 * BATCH, room=BATCH, batch=1))


def test_twin_that_charges_nothing_lets_a_steady_stream_take_all(root: Root) -> None:
    """Shows that the test of several events below can fail."""
    fill(root, dict.fromkeys(range(50), 40))
    for _ in range(2 * BATCH):
        fill(root, {99: 5})
        assert 99 in a_round(root, Shares())


def test_one_event_now_and_then_never_waits_a_round_of_all(root: Root) -> None:
    fill(root, dict.fromkeys(range(50), 40))
    kept = Shares()
    for number in range(100):
        if number % 10 == 9:
            fill(root, {99: 1})
            assert 99 in a_round(root, kept), number
        else:
            a_round(root, kept)


def test_several_events_within_a_round_of_all_do_not_wait_for_its_end(root: Root) -> None:
    """Until they are as much as a batch."""
    fill(root, dict.fromkeys(range(50), 40))
    kept = Shares()
    for _ in range(5):
        a_round(root, kept)
    for _ in range(BATCH - 1):
        fill(root, {99: 1})
        assert 99 in a_round(root, kept)
    fill(root, {99: 5})
    assert 99 not in a_round(root, kept)


def test_tenant_that_rested_gets_no_more_than_its_share_afterwards() -> None:
    kept = Shares()
    for _ in range(100):
        kept.charge(sent({0: BATCH}, competing=1))
    kept.charge(sent({0: BATCH, 1: BATCH}, competing=3))
    debts = kept.debts()
    assert debts[lane(1)] == pytest.approx(debts[lane(0)])


def test_weight_divides_what_is_charged(root: Root) -> None:
    fill(root, dict.fromkeys(range(2), 2_000))
    set_lane(1, weight=4)
    kept, served = Shares(), Counter[int]()
    for _ in range(50):
        served.update(a_round(root, kept))
    assert served[1] == pytest.approx(4 * served[0], rel=0.1)


def test_memory_is_bounded() -> None:
    kept = Shares()
    for number in range(5_000):
        kept.charge(sent({number: 1 + number % 3}, competing=10_000))
        assert len(kept.debts()) <= MOST_TENANTS


def test_dear_jobs_are_fewer_in_a_turn(root: Root) -> None:
    fill(root, dict.fromkeys(range(3), 100))
    costs = {lane(1): TURN_MS / 4, lane(2): 1.5 * TURN_MS}
    assert shares(dispatch(window=BATCH, room=25 * TURN_MS, batch=BATCH, costs=costs)) == {0: BATCH, 1: BATCH, 2: BATCH}
    root.execute("UPDATE public.outbox_job SET state = 'pending'")
    first = dispatch(window=2 * BATCH, room=2 * TURN_MS, batch=BATCH, costs=costs)
    assert shares(first) == {0: 2 * BATCH, 1: 4, 2: 1}


def test_tenants_share_the_time_not_the_jobs(root: Root) -> None:
    """A tenant whose jobs take ten times as long gets a tenth of them."""
    fill(root, dict.fromkeys(range(2), 3_000))
    assert served_in_turn(root, {lane(1): 10.0}) == pytest.approx(10, rel=0.1)


def test_twin_that_charges_jobs_gives_dear_jobs_ten_times_the_time(root: Root) -> None:
    """Shows that the test above can fail."""
    fill(root, dict.fromkeys(range(2), 3_000))
    assert served_in_turn(root, {}) == pytest.approx(1, rel=0.1)


def served_in_turn(root: Root, costs: Mapping[uuid.UUID, float]) -> float:
    """How many jobs of the first tenant go for one of the second. costs: what the relay knows of them."""
    kept, served = Shares(), Counter[int]()
    for _ in range(100):
        jobs = dispatch(window=2 * BATCH, room=2 * BATCH, batch=BATCH, debts=kept.debts(), costs=costs)
        kept.charge(jobs)
        claim_all(root)
        served.update(shares(jobs))
    return served[0] / served[1]


def test_last_turn_goes_out_whole(root: Root) -> None:
    """A tenth of a batch would cost its worker as much as a whole one."""
    fill(root, dict.fromkeys(range(3), 100))
    assert shares(dispatch(window=2 * BATCH, room=BATCH + 1, batch=BATCH)) == {0: BATCH, 1: BATCH}
    assert dispatch(window=2 * BATCH, room=BATCH + 1, batch=BATCH) == []
