"""(f) Dispatch with 500,000 due jobs of one tenant and 999 other tenants waiting."""

from __future__ import annotations

import time
import uuid

import psycopg

from automate.kernel.roles import QUEUE_ROLE
from automate.kernel.tenancy import acting_for_platform
from automate.outbox import claims

DEEP, OTHERS, ROUNDS = 500_000, 999, 20

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


def dispatch_milliseconds(admin_url: str, *, window: int, room: int) -> list[float]:
    """Milliseconds of several dispatches, each of as many jobs as there is room for.

    The jobs are put back in between, so that each meets the same backlog. The outbox is unchanged afterwards.
    """
    deep = uuid.uuid4()
    with psycopg.connect(admin_url, autocommit=True) as owner:
        ((before,),) = owner.execute("SELECT count(*) FROM outbox_job")
        owner.execute(FILL, [deep, DEEP])
        owner.execute(FILL_OTHERS, [OTHERS])
        owner.execute("VACUUM ANALYZE outbox_job")
        taken: list[float] = []
        with acting_for_platform("measure dispatch", QUEUE_ROLE):
            for _ in range(ROUNDS):
                started = time.perf_counter()
                jobs = claims.dispatch(window=window, room=room, resend_seconds=15, after=uuid.UUID(int=0))
                taken.append((time.perf_counter() - started) * 1000)
                assert len(jobs) == room, len(jobs)
                assert sum(job.tenant_id == deep for job in jobs) <= window
                claims.take_back([job.id for job in jobs])
        owner.execute("DELETE FROM outbox_job WHERE trace_id = ''")
        owner.execute("VACUUM ANALYZE outbox_job")
        ((after,),) = owner.execute("SELECT count(*) FROM outbox_job")
    assert after == before, (before, after)
    return taken
