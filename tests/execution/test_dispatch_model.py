"""What dispatch takes of any backlog is what the rule says in words: checked against the rule written out plainly."""

from __future__ import annotations

import math
import random
import uuid
from dataclasses import dataclass

import pytest

from automate.outbox.dispatching.claims import DEPTH_SAMPLE, TURN_MS
from tests.support.lanes import claim_all, dispatch, fill, lane, set_lane, shares
from tests.support.plane import Root

pytestmark = pytest.mark.usefixtures("lanes")

WINDOW, LANES = 3, 25
INSERT = """
INSERT INTO public.outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, dispatched_at, lease_until, fence,
                               attempts, max_attempts, parked, trace_id, created_at)
VALUES (%s, %s, 'event.match', gen_random_uuid(), %s, true, false, now() - make_interval(secs => %s),
        now() - make_interval(secs => %s), now() - make_interval(secs => %s), 1, 0, 5, '', '', now())
"""


@dataclass(frozen=True)
class Job:
    """Times in seconds ago: below zero they are still to come."""

    id: uuid.UUID
    state: str
    due: float
    sent: float
    lease: float

    @property
    def takeable(self) -> bool:
        lost = (self.state == "dispatched" and self.sent >= 15) or (self.state == "claimed" and self.lease >= 0)
        return self.due >= 0 and (self.state == "pending" or lost)

    @property
    def waits(self) -> bool:
        return self.due >= 0 and self.state == "dispatched" and not self.takeable


@dataclass(frozen=True)
class Lane:
    jobs: list[Job]
    weight: int
    paused: bool
    debt: float
    ms: float

    def size(self, batch: int) -> int:
        """How many jobs are a turn."""
        return self.weight * max(1, min(batch, math.floor(TURN_MS / self.ms)))


def a_backlog(chance: random.Random) -> dict[int, Lane]:
    def a_job(place: int) -> Job:
        state = chance.choice(["pending", "pending", "dispatched", "claimed"])
        due = chance.choice([-100.0, 1000.0, 1000.0, 1000.0]) - place
        return Job(uuid.UUID(int=chance.getrandbits(128)), state, due, chance.choice([1, 60]), chance.choice([-20, 5]))

    return {
        number: Lane(
            [a_job(n) for n in range(chance.randrange(9))],
            chance.choice([1, 1, 2]),
            chance.random() < 0.1,
            chance.choice([0, 0, 1.5, 2, 7]),
            chance.choice([1, 1, 0.5, 16, 100]),
        )
        for number in chance.sample(range(100), LANES)
    }


def taken_by_the_rule(backlog: dict[int, Lane], *, room: int, after: int, batch: int) -> set[uuid.UUID]:
    """Each tenant's turn before anyone's next one, within its window; turns go out whole while there is room for their first job."""
    turns: dict[tuple[float, bool, int], list[uuid.UUID]] = {}
    left = float(room)
    for number, found in backlog.items():
        if found.paused:
            continue
        window = WINDOW * found.weight
        ordered = sorted(found.jobs, key=lambda job: -job.due)
        front = [job for job in ordered if job.takeable][:window]
        horizon = front[-1].due if len(front) == window else 0.0
        waiting = sum(job.waits and job.due >= horizon for job in ordered)
        left -= waiting * found.ms
        size = found.size(batch)
        mine: dict[int, list[uuid.UUID]] = {}
        for place, job in enumerate(front, 1):
            if place + waiting <= window:
                mine.setdefault((place + waiting - 1) // size, []).append(job.id)
        for turn, jobs in mine.items():
            end = found.debt + (turn * size + len(jobs)) * found.ms / found.weight
            turns[end, number <= after, number] = jobs
    taken: set[uuid.UUID] = set()
    for (_, _, number), jobs in sorted(turns.items()):
        if left > 0:
            taken.update(jobs)
            left -= len(jobs) * backlog[number].ms
    return taken


@pytest.mark.parametrize("seed", range(20))
def test_takes_what_the_rule_says(root: Root, seed: int) -> None:
    chance = random.Random(seed)
    backlog = a_backlog(chance)
    for number, found in backlog.items():
        if found.weight > 1 or found.paused:
            set_lane(number, weight=found.weight, paused=found.paused)
        for job in found.jobs:
            root.execute(INSERT, job.id, lane(number), job.state, job.due, job.sent, job.lease)
    room, after = chance.choice([5, 20, 200, 2_000]), chance.randrange(100)
    batch, debts = chance.choice([1, 2, 3]), {lane(number): found.debt for number, found in backlog.items()}
    costs = {lane(number): found.ms for number, found in backlog.items()}
    got = dispatch(window=WINDOW, room=room, after=lane(after), batch=batch, debts=debts, costs=costs)
    assert {job.id for job in got} == taken_by_the_rule(backlog, room=room, after=after, batch=batch)


@pytest.mark.parametrize("seed", range(5))
def test_lanes_of_which_only_the_first_jobs_are_read_get_whole_turns(root: Root, seed: int) -> None:
    """Behind a deep lane only the first jobs of the next deep ones are read, until it is known which of them have their turn."""
    chance = random.Random(seed)
    depths = {
        number: chance.choice([1, DEPTH_SAMPLE - 1, DEPTH_SAMPLE, DEPTH_SAMPLE + 1, 30, 200]) for number in range(30)
    }
    fill(root, depths)
    window, batch, room = 40, 20, chance.choice([1, 100, 1_000])
    sent: list[uuid.UUID] = []
    while jobs := dispatch(window=window, room=room, batch=batch):
        got = shares(jobs)
        assert sum(got.values()) < room + batch
        for number, count in got.items():
            assert count <= window
            first = root.rows(
                "SELECT id FROM public.outbox_job WHERE tenant_id = %s AND state <> 'claimed' ORDER BY due_at LIMIT %s",
                lane(number), count,
            )  # fmt: skip
            assert {job.id for job in jobs if job.tenant_id == lane(number)} == {row[0] for row in first}
        sent += [job.id for job in jobs]
        claim_all(root)
    assert len(sent) == len(set(sent)) == sum(depths.values())
