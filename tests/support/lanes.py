"""Jobs of tenants that exist in the queue alone: enough for what the relay does, and cheap to have by the thousand."""

from __future__ import annotations

import uuid
from collections import Counter
from collections.abc import Mapping, Sequence

from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.outbox import claims
from automate.outbox.dispatching import claims as dispatching
from automate.outbox.jobs import DispatchedJob, DispatchRound, LaterTurn
from tests.support.plane import FIRST_TENANT, Root


def lane(number: int) -> uuid.UUID:
    """The id of the tenant of this number; ids are in the order of numbers."""
    return uuid.UUID(int=number + 1)


def fill(root: Root, jobs: dict[int, int]) -> None:
    """Due jobs by the tenant's number, the earlier due the lower their ids."""
    for number, count in jobs.items():
        root.execute(
            "INSERT INTO public.outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts,"
            " max_attempts, parked, trace_id, created_at)"
            " SELECT gen_random_uuid(), %s, 'event.match', gen_random_uuid(), 'pending', true, false,"
            " now() - make_interval(secs => 1000 + %s - n), 0, 0, 5, '', '', now() FROM generate_series(1, %s) n",
            lane(number), count, count,
        )  # fmt: skip


def set_lane(number: int, *, weight: int = 1, paused: bool = False) -> None:
    with acting_for_platform("set a lane for a test"):
        claims.set_lane(lane(number), weight=weight, paused=paused)


def dispatch_round(
    *,
    window: int = 16,
    room: float = 256,
    after: uuid.UUID = FIRST_TENANT,
    batch: int = 1,
    debts: Mapping[uuid.UUID, float] = dispatching.NONE,
    costs: Mapping[uuid.UUID, float] = dispatching.NONE,
    reserve: float = 0.0,
    skipped: Sequence[LaterTurn] = (),
) -> DispatchRound:
    with acting_for_platform("dispatch for a test", QUEUE_ROLE):
        return dispatching.dispatch(
            window=window,
            room=room,
            resend_seconds=15,
            after=after,
            batch=batch,
            debts=debts,
            costs=costs,
            reserve=reserve,
            skipped=skipped,
        )


def dispatch(
    *,
    window: int = 16,
    room: float = 256,
    after: uuid.UUID = FIRST_TENANT,
    batch: int = 1,
    debts: Mapping[uuid.UUID, float] = dispatching.NONE,
    costs: Mapping[uuid.UUID, float] = dispatching.NONE,
    reserve: float = 0.0,
) -> list[DispatchedJob]:
    return dispatch_round(
        window=window, room=room, after=after, batch=batch, debts=debts, costs=costs, reserve=reserve
    ).jobs


def shares(jobs: Sequence[DispatchedJob]) -> dict[int, int]:
    """How many jobs each tenant got, by its number."""
    return dict(Counter(job.tenant_id.int - 1 for job in jobs))


def claim_all(root: Root) -> None:
    """Workers take all that was sent."""
    root.execute(
        "UPDATE public.outbox_job SET state = 'claimed', fence = fence + 1, lease_until = now() + interval '30 seconds'"
        " WHERE state = 'dispatched'"
    )
