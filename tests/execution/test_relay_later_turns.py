"""The relay skips tenants whose turns cannot fit: a round sends the same jobs, whatever the relay remembers."""

from __future__ import annotations

import random
import threading
import uuid
from types import SimpleNamespace

import pytest
from django.conf import settings

from actors.relay import main
from actors.relay.main import Relay, last_served
from actors.relay.turns import LaterTurns, Shares
from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.outbox.dispatching import claims as dispatching
from automate.outbox.jobs import DispatchedJob, LaterTurn
from tests.support.lanes import claim_all, dispatch, dispatch_round, fill, lane, set_lane, shares
from tests.support.plane import FIRST_TENANT, Root

pytestmark = pytest.mark.usefixtures("lanes")

WINDOW, BATCH, ROUNDS = 20, 5, 30
DEEP = 60
"""More jobs than a window of a tenant of weight 2."""


def turn(number: int, *, turn_ms: float = 5.0, weight: int = 1) -> LaterTurn:
    return LaterTurn(lane(number), weight, turn_ms)


def skipped(known: list[LaterTurn], *, room: float, after: int = -1, debts: dict[int, float] | None = None) -> set[int]:
    depth = LaterTurns()
    depth.remember(known)
    owed = {lane(number): owes for number, owes in (debts or {}).items()}
    found = depth.skippable(owed, room=room, after=lane(after))
    assert found == sorted(found)
    return {one.tenant_id.int - 1 for one in found}


def test_turns_that_fit_are_not_skipped() -> None:
    assert skipped([turn(number) for number in (3, 1, 2)], room=15) == set()


@pytest.mark.parametrize(("room", "left"), [(0, {0, 1, 2}), (1, {1, 2}), (5, {1, 2}), (6, {2}), (10, {2}), (11, set())])
def test_last_turn_may_exceed_the_room(room: float, left: set[int]) -> None:
    assert skipped([turn(number) for number in range(3)], room=room) == left


def test_tenants_behind_the_last_one_served_come_first() -> None:
    assert skipped([turn(number) for number in range(5)], room=10, after=2) == {0, 1, 2}


def test_debts_come_before_the_ring() -> None:
    assert skipped([turn(number) for number in range(4)], room=10, after=1, debts={2: 1.0, 3: 1.0}) == {2, 3}


def test_turn_of_a_heavy_tenant_counts_by_its_weight() -> None:
    known = [turn(0, turn_ms=5.0), turn(1, turn_ms=8.0, weight=2), turn(2, turn_ms=5.0)]
    assert skipped(known, room=8) == {0, 2}


def ids(jobs: list[DispatchedJob]) -> set[uuid.UUID]:
    return {job.id for job in jobs}


def back(root: Root, jobs: list[DispatchedJob]) -> None:
    root.execute(
        "UPDATE public.outbox_job SET state = 'pending', dispatched_at = NULL WHERE id = ANY (%s)", list(ids(jobs))
    )


def claim_some(root: Root, chance: random.Random) -> None:
    if chance.random() < 0.5:
        claim_all(root)
        return
    root.execute(
        "UPDATE public.outbox_job SET state = 'claimed', lease_until = now() + interval '1 minute' WHERE id IN"
        " (SELECT id FROM public.outbox_job WHERE state = 'dispatched' ORDER BY due_at, id LIMIT %s)", chance.randrange(20)
    )  # fmt: skip


@pytest.mark.parametrize("seed", range(5))
def test_round_that_skips_sends_what_a_round_that_looks_sends(root: Root, seed: int) -> None:
    """Over many rounds, with tenants that come and go between the deep ones. Each round is made twice."""
    chance = random.Random(seed)
    numbers = list(range(0, 120, 3))
    fill(root, dict.fromkeys(numbers, 20 * DEEP))
    for number in numbers:
        set_lane(number, weight=chance.choice([1, 1, 1, 2]))
    costs = {lane(number): chance.choice([1.0, 1.0, 0.5, 4.0]) for number in range(120)}
    newcomers = chance.sample([number for number in range(120) if number not in numbers], 2 * ROUNDS)
    kept, depth, after, most = Shares(), LaterTurns(), FIRST_TENANT, 0
    for _ in range(ROUNDS):
        fill(root, {newcomers.pop(): chance.randrange(1, dispatching.DEPTH_SAMPLE) for _ in range(2)})
        room, debts = chance.choice([8.0, 20.0, 40.0]), kept.debts()
        reserve = chance.choice([0.0, room / 2])
        how = {
            "window": WINDOW,
            "batch": BATCH,
            "room": room,
            "reserve": reserve,
            "after": after,
            "debts": debts,
            "costs": costs,
        }
        looked = dispatch(**how)  # type: ignore[arg-type] # a dict of all arguments
        back(root, looked)
        skips = depth.skippable(debts, room=room + reserve, after=after)
        found = dispatch_round(**how, skipped=skips)  # type: ignore[arg-type] # a dict of all arguments
        assert ids(found.jobs) == ids(looked)
        assert {job.competing for job in found.jobs} == {job.competing for job in looked}
        assert {job.waiting for job in found.jobs} == {job.waiting for job in looked}
        depth.remember([*skips, *found.later])
        most = max(most, len(skips))
        kept.charge(found.jobs)
        if found.jobs:
            after = last_served({job.tenant_id for job in found.jobs}, after)
        claim_some(root, chance)
    assert most > len(numbers) / 2


def test_newcomer_between_two_skipped_tenants_is_found(root: Root) -> None:
    fill(root, {**dict.fromkeys(range(0, 40, 2), DEEP), 21: 1})
    known = [turn(number) for number in range(0, 40, 2)]
    found = dispatch_round(window=WINDOW, batch=BATCH, room=1, skipped=known)
    assert shares(found.jobs) == {21: 1}


def test_twin_that_skips_the_newcomer_sends_nothing(root: Root) -> None:
    """Shows that the test above can fail."""
    fill(root, {**dict.fromkeys(range(0, 40, 2), DEEP), 21: 1})
    known = [turn(number) for number in sorted([*range(0, 40, 2), 21])]
    assert dispatch_round(window=WINDOW, batch=BATCH, room=1, skipped=known).jobs == []


def test_tenants_without_a_turn_are_reported(root: Root) -> None:
    """With deep backlogs or with few jobs. A tenant with jobs in flight is not reported."""
    fill(root, {**dict.fromkeys(range(4), DEEP), 4: 3})
    set_lane(1, paused=True)
    set_lane(2, weight=2)
    found = dispatch_round(window=WINDOW, batch=BATCH, room=1, debts={lane(n): 9.0 for n in (2, 3, 4)})
    assert shares(found.jobs) == {0: BATCH}
    assert set(found.later) == {turn(2, turn_ms=2 * BATCH, weight=2), turn(3, turn_ms=BATCH), turn(4, turn_ms=3)}
    again = dispatch_round(window=WINDOW, batch=BATCH, room=BATCH, debts={lane(n): 9.0 for n in (2, 3, 4)})
    assert (again.jobs, again.waiting) == ([], BATCH)
    assert set(again.later) == set(found.later)


@pytest.mark.parametrize("jobs", [1, 7, WINDOW])
def test_round_that_skips_tenants_with_few_jobs_sends_the_same(root: Root, jobs: int) -> None:
    fill(root, dict.fromkeys(range(30), jobs))
    first = dispatch_round(window=WINDOW, batch=BATCH, room=2 * BATCH)
    claim_all(root)
    kept, served = Shares(), last_served({job.tenant_id for job in first.jobs}, FIRST_TENANT)
    kept.charge(first.jobs)
    debts, known = kept.debts(), LaterTurns()
    known.remember(first.later)
    skips = known.skippable(debts, room=2 * BATCH, after=served)
    assert len(skips) >= 30 - 4 * BATCH
    looked = dispatch(window=WINDOW, batch=BATCH, room=2 * BATCH, after=served, debts=debts)
    back(root, looked)
    found = dispatch_round(window=WINDOW, batch=BATCH, room=2 * BATCH, after=served, debts=debts, skipped=skips)
    assert ids(found.jobs) == ids(looked)
    assert {job.competing for job in found.jobs} == {job.competing for job in looked}


@pytest.fixture
def relay(root: Root, monkeypatch: pytest.MonkeyPatch) -> Relay:
    """A relay that knows twenty deep tenants, and has sent one turn."""
    monkeypatch.setattr(settings, "RELAY_WINDOW_JOBS", WINDOW)
    monkeypatch.setattr(settings, "RELAY_BATCH_JOBS", BATCH)
    fill(root, dict.fromkeys(range(20), DEEP))
    relay = Relay(threading.Event())
    assert shares(marked(relay)) == {0: BATCH}
    claim_all(root)
    assert expected(relay) == [turn(number) for number in range(2, 20)]
    return relay


def marked(relay: Relay) -> list[DispatchedJob]:
    with acting_for_platform("as the relay does", QUEUE_ROLE):
        return relay.mark(BATCH).jobs


def expected(relay: Relay) -> list[LaterTurn]:
    return relay.later.skippable({}, room=BATCH, after=FIRST_TENANT)


def another_relay_takes(root: Root, numbers: range) -> None:
    root.execute(
        "UPDATE public.outbox_job SET state = 'claimed', lease_until = now() + interval '1 minute' WHERE tenant_id = ANY (%s)",
        [lane(number) for number in numbers],
    )


def test_relay_with_wrong_knowledge_sends_what_is_due(root: Root, relay: Relay) -> None:
    another_relay_takes(root, range(2))
    assert shares(marked(relay)) == {2: BATCH}


def test_twin_that_trusts_its_knowledge_sends_nothing(root: Root, relay: Relay) -> None:
    """Shows that the test above can fail."""
    another_relay_takes(root, range(2))
    assert dispatch_round(window=WINDOW, batch=BATCH, room=BATCH, skipped=expected(relay)).jobs == []


def test_relay_with_full_room_looks_once(root: Root, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    assert shares(marked(relay)) == {0: BATCH}
    rounds, act = [], dispatching.dispatch

    def counted(**how: object) -> object:
        rounds.append(how["skipped"])
        return act(**how)  # type: ignore[arg-type] # the arguments of the relay

    monkeypatch.setattr(dispatching, "dispatch", counted)
    assert marked(relay) == []
    assert len(rounds) == 1
    assert rounds[0]


def test_relay_looks_at_all_tenants_once_a_second(relay: Relay, monkeypatch: pytest.MonkeyPatch) -> None:
    now, knew = [0.0], []
    monkeypatch.setattr(main, "time", SimpleNamespace(monotonic=lambda: now[0]))
    monkeypatch.setattr(dispatching, "plan_again", lambda: None)
    relay.read_costs()
    for tenth in range(25):
        now[0] = tenth / 10
        relay.later.remember([turn(1), turn(2)])
        relay.read_costs()
        knew.append(bool(expected(relay)))
    assert [tenth for tenth, known in enumerate(knew) if not known] == [10, 20]
