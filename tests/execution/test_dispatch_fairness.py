"""What the relay sends out first: each tenant in turn, within its window and the room of all."""

from __future__ import annotations

import uuid
from collections import Counter

import pytest

from actors.relay.main import batches, last_served
from tests.support.lanes import claim_all, dispatch, fill, lane, set_lane, shares
from tests.support.plane import FIRST_TENANT, Root
from tests.support.racing import race

pytestmark = pytest.mark.usefixtures("lanes")


def test_each_tenants_first_job_goes_before_anyones_second(root: Root) -> None:
    fill(root, {0: 2_000, **dict.fromkeys(range(1, 10), 1)})
    assert shares(dispatch(room=10)) == dict.fromkeys(range(10), 1)
    claim_all(root)
    assert shares(dispatch(room=10)) == {0: 10}


def test_weights_share_the_room(root: Root) -> None:
    fill(root, dict.fromkeys(range(3), 100))
    set_lane(1, weight=2)
    set_lane(2, weight=4)
    assert shares(dispatch(room=28)) == {0: 4, 1: 8, 2: 16}


def test_weight_widens_the_window(root: Root) -> None:
    fill(root, dict.fromkeys(range(2), 100))
    set_lane(1, weight=4)
    assert shares(dispatch(window=8, room=1_000)) == {0: 8, 1: 32}


def test_window_counts_what_waits_unclaimed(root: Root) -> None:
    fill(root, {0: 100})
    assert shares(dispatch(window=16)) == {0: 16}
    assert dispatch(window=16) == []
    root.execute(
        "UPDATE public.outbox_job SET state = 'claimed', lease_until = now() + interval '1 minute'"
        " WHERE id IN (SELECT id FROM public.outbox_job WHERE state = 'dispatched' ORDER BY due_at LIMIT 5)"
    )
    assert shares(dispatch(window=16)) == {0: 5}


def test_room_bounds_all_tenants_together(root: Root) -> None:
    fill(root, dict.fromkeys(range(50), 10))
    assert sum(shares(dispatch(room=64)).values()) == 64
    assert dispatch(room=64) == []
    assert sum(shares(dispatch(room=70)).values()) == 6


def test_earliest_due_goes_first(root: Root) -> None:
    fill(root, {0: 30})
    sent = {job.id for job in dispatch(window=7)}
    first = root.rows("SELECT id FROM public.outbox_job ORDER BY due_at LIMIT 7")
    assert sent == {row[0] for row in first}


def test_what_is_not_due_stays(root: Root) -> None:
    fill(root, {0: 3})
    root.execute("UPDATE public.outbox_job SET due_at = now() + interval '1 hour'")
    assert dispatch() == []


def test_paused_lane_is_skipped_and_takes_no_room(root: Root) -> None:
    fill(root, dict.fromkeys(range(3), 10))
    assert shares(dispatch(room=6)) == dict.fromkeys(range(3), 2)
    set_lane(1, paused=True)
    assert shares(dispatch(room=7)) == {0: 2, 2: 1} or shares(dispatch(room=7)) == {}
    set_lane(1, paused=False)
    claim_all(root)
    assert shares(dispatch(room=3)) == dict.fromkeys(range(3), 1)


def test_expired_lease_goes_out_alone(root: Root) -> None:
    fill(root, {0: 4})
    dispatch()
    claim_all(root)
    assert dispatch() == []
    root.expire_leases()
    jobs = dispatch()
    assert [job.alone for job in jobs] == [True] * 4
    assert [len(batch) for batch in batches(jobs, 8)] == [1, 1, 1, 1]


def test_resend_comes_after_its_time(root: Root) -> None:
    fill(root, {0: 4})
    assert len(dispatch()) == 4
    root.pass_seconds(14)
    assert dispatch() == []
    root.pass_seconds(2)
    jobs = dispatch()
    assert [job.alone for job in jobs] == [False] * 4
    assert [len(batch) for batch in batches(jobs, 8)] == [4]


def test_batches_hold_one_tenant_and_at_most_so_many(root: Root) -> None:
    fill(root, {0: 20, 1: 3})
    jobs = dispatch(window=100)
    made = list(batches(jobs, 8))
    assert sorted(len(batch) for batch in made) == [3, 4, 8, 8]
    assert all(len({job.tenant_id for job in batch}) == 1 for batch in made)
    assert sorted(job.id for batch in made for job in batch) == sorted(job.id for job in jobs)


def test_relays_at_once_send_no_job_twice(root: Root) -> None:
    fill(root, dict.fromkeys(range(20), 40))
    for _ in range(5):
        rounds = race(4, lambda _: dispatch(window=40, room=10_000))
        sent = Counter(job.id for jobs in rounds for job in jobs)
        assert len(sent) == 800
        assert set(sent.values()) == {1}
        root.execute("UPDATE public.outbox_job SET state = 'pending'")


def test_nobody_starves_though_room_is_short(root: Root) -> None:
    fill(root, dict.fromkeys(range(10), 100))
    after, served = FIRST_TENANT, Counter[int]()
    for _ in range(50):
        jobs = dispatch(room=3, after=after)
        after = last_served({job.tenant_id for job in jobs}, after)
        served.update(shares(jobs))
        claim_all(root)
    assert dict(served) == dict.fromkeys(range(10), 15)


@pytest.mark.parametrize(
    ("served", "after", "last"),
    [({1, 2, 3}, 0, 3), ({7, 8, 9, 1, 2}, 6, 2), ({6}, 6, 6), ({1, 2}, 9, 2), ({7, 8}, 6, 8)],
)
def test_round_ends_where_the_ring_was_left(served: set[int], after: int, last: int) -> None:
    ids = {number: uuid.UUID(int=number) for number in range(10)}
    assert last_served({ids[number] for number in served}, ids[after]) == ids[last]


def test_claimed_jobs_in_front_do_not_hide_what_is_due(root: Root) -> None:
    fill(root, {0: 900})
    dispatch(window=800, room=800)
    claim_all(root)
    assert shares(dispatch(window=16)) == {0: 16}
    assert (
        root.value("SELECT count(*) FROM public.outbox_job WHERE tenant_id = %s AND state = 'claimed'", lane(0)) == 800
    )


def test_many_deep_tenants_get_their_windows_although_little_is_read_of_each_at_first(root: Root) -> None:
    fill(root, dict.fromkeys(range(60), 50))
    assert shares(dispatch(window=20, batch=5, room=100_000)) == dict.fromkeys(range(60), 20)
    assert dispatch(window=20, batch=5, room=100_000) == []


def test_front_that_is_under_way_hides_nothing_behind_it(root: Root) -> None:
    """Of tenants of which only the first jobs are read at first."""
    fill(root, dict.fromkeys(range(60), 50))
    dispatch(window=20, batch=5, room=100_000)
    claim_all(root)
    third = shares(dispatch(window=20, batch=5, room=100_000))
    assert third == dict.fromkeys(range(60), 20)
