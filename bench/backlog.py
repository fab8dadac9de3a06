"""(f) Dispatch with 500,000 due jobs of one tenant and 999 other tenants waiting, and with 200 deep tenants."""

from __future__ import annotations

import time
import uuid
from collections import Counter

import psycopg

from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.outbox import claims
from automate.outbox.dispatching import claims as dispatching

DEEP, OTHERS, ROUNDS = 500_000, 999, 20
DEEP_TENANTS, DEEP_EACH, DEEP_ROUNDS, DEEP_ROOM = 200, 1_000, 200, 240

FILL = """
INSERT INTO outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts, max_attempts, parked, trace_id, created_at)
SELECT gen_random_uuid(), %s, 'event.match', gen_random_uuid(), 'pending', true, false, now() - interval '1 hour' + n * interval '1 microsecond',
       0, 0, 5, '', '', now()
FROM generate_series(1, %s) n
"""
FILL_OTHERS = """
INSERT INTO outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts, max_attempts, parked, trace_id, created_at)
SELECT gen_random_uuid(), gen_random_uuid(), 'event.match', gen_random_uuid(), 'pending', true, false, now(), 0, 0, 5, '', '', now()
FROM generate_series(1, %s) n
"""


FILL_DEEP = """
INSERT INTO outbox_job (id, tenant_id, topic, subject_id, state, open, alone, due_at, fence, attempts, max_attempts, parked, trace_id, created_at)
SELECT gen_random_uuid(), lpad(to_hex(t), 32, '0')::uuid, 'event.match', gen_random_uuid(), 'pending', true, false,
       now() - interval '1 hour' + n * interval '1 microsecond', 0, 0, 5, '', '', now()
FROM generate_series(1, %s) n CROSS JOIN LATERAL generate_series(1, %s) t ORDER BY n, t
"""
LANES = "INSERT INTO outbox_lane (tenant_id, weight, paused) SELECT DISTINCT tenant_id, 1, false FROM outbox_job WHERE trace_id = ''"
WITHOUT_LANES = "DELETE FROM outbox_lane WHERE tenant_id NOT IN (SELECT id FROM tenant)"


def over_one_flood(admin_url: str, *, window: int, room: int, batch: int) -> list[float]:
    """Milliseconds of several dispatches, over one tenant with a deep backlog and many tenants with one job."""
    deep = uuid.uuid4()
    with psycopg.connect(admin_url, autocommit=True) as owner:
        owner.execute(FILL, [deep, DEEP])
        owner.execute(FILL_OTHERS, [OTHERS])
        return _milliseconds(owner, ROUNDS, window=window, room=room, batch=batch)


def over_deep_tenants(admin_url: str, *, window: int, batch: int) -> list[float]:
    """Milliseconds of many dispatches, over many tenants with a deep backlog each. Their jobs arrived at the same time."""
    with psycopg.connect(admin_url, autocommit=True) as owner:
        owner.execute(FILL_DEEP, [DEEP_EACH, DEEP_TENANTS])
        owner.execute(LANES)
        owner.execute("VACUUM ANALYZE outbox_lane")
        try:
            return _milliseconds(owner, DEEP_ROUNDS, window=window, room=DEEP_ROOM, batch=batch)
        finally:
            owner.execute(WITHOUT_LANES)


def _milliseconds(owner: psycopg.Connection, rounds: int, *, window: int, room: int, batch: int) -> list[float]:
    """Milliseconds of several dispatches, each of as many jobs as there is room for.

    The jobs are put back in between, so that each meets the same backlog. The outbox is empty afterwards.
    """
    owner.execute("VACUUM ANALYZE outbox_job")
    taken: list[float] = []
    with acting_for_platform("measure dispatch", QUEUE_ROLE):
        # As the relay's session does.
        dispatching.reuse_plans()
        for _ in range(rounds):
            started = time.perf_counter()
            jobs = dispatching.dispatch(
                window=window, room=room, batch=batch, resend_seconds=15, after=uuid.UUID(int=0)
            )
            taken.append((time.perf_counter() - started) * 1000)
            assert room <= len(jobs) < room + batch, len(jobs)
            assert max(Counter(job.tenant_id for job in jobs).values()) <= window
            claims.take_back([job.id for job in jobs])
    owner.execute("DELETE FROM outbox_job WHERE trace_id = ''")
    owner.execute("VACUUM ANALYZE outbox_job")
    return taken
