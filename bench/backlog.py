"""(f) Dispatch with 500,000 due jobs of one tenant and 999 other tenants waiting, and with 200 deep tenants."""

from __future__ import annotations

import threading
import time
import uuid
from collections import Counter

import psycopg
from django.conf import settings

from actors.relay.main import COSTS_SECONDS, Relay, last_served
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


def over_one_flood(admin_url: str, *, room: int) -> list[float]:
    """Milliseconds of several dispatches, over one tenant with a deep backlog and many tenants with one job."""
    deep = uuid.uuid4()
    with psycopg.connect(admin_url, autocommit=True) as owner:
        owner.execute(FILL, [deep, DEEP])
        owner.execute(FILL_OTHERS, [OTHERS])
        return _milliseconds(owner, ROUNDS, room=room)


def over_deep_tenants(admin_url: str) -> list[float]:
    """Milliseconds of many dispatches, over many tenants with a deep backlog each. Their jobs arrived at the same time."""
    with psycopg.connect(admin_url, autocommit=True) as owner:
        owner.execute(FILL_DEEP, [DEEP_EACH, DEEP_TENANTS])
        owner.execute(LANES)
        owner.execute("VACUUM ANALYZE outbox_lane")
        try:
            return _milliseconds(owner, DEEP_ROUNDS, room=DEEP_ROOM)
        finally:
            owner.execute(WITHOUT_LANES)


def _milliseconds(owner: psycopg.Connection, rounds: int, *, room: int) -> list[float]:
    """Milliseconds of several dispatches of a relay, each of as many jobs as there is room for.

    The jobs are put back in between, so that each meets the same backlog. The outbox is empty afterwards.
    """
    relay, looked = Relay(threading.Event()), time.monotonic()
    owner.execute("VACUUM ANALYZE outbox_job")
    taken: list[float] = []
    with acting_for_platform("measure dispatch", QUEUE_ROLE):
        # As the relay's session does.
        dispatching.reuse_plans()
        for _ in range(rounds):
            if time.monotonic() - looked >= COSTS_SECONDS:
                relay.look_again()
                looked = time.monotonic()
            started = time.perf_counter()
            jobs = relay.mark(room).jobs
            taken.append((time.perf_counter() - started) * 1000)
            assert room <= len(jobs) < room + settings.RELAY_BATCH_JOBS, len(jobs)
            served = Counter(job.tenant_id for job in jobs)
            assert max(served.values()) <= settings.RELAY_WINDOW_JOBS
            relay.shares.charge(jobs)
            relay.after = last_served(served, relay.after)
            claims.take_back([job.id for job in jobs])
    owner.execute("DELETE FROM outbox_job WHERE trace_id = ''")
    owner.execute("VACUUM ANALYZE outbox_job")
    return taken
