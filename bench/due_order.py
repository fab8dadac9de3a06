"""A relay that sends jobs in the order of their due times, for any tenants: the reference for fairness."""

from __future__ import annotations

import math
import uuid
from collections.abc import Mapping, Sequence

from automate.cli.processes import become, make_django_ready

INDEX = "CREATE INDEX IF NOT EXISTS bench_due_order ON public.outbox_job (due_at) WHERE open"
"""Created by the bench, so that the order costs nothing."""
WITHOUT_INDEX = "DROP INDEX IF EXISTS public.bench_due_order"
"""Executed before the relay of the product starts, whose statement would use the index, which does not suit it."""


def main() -> None:
    become("relay")
    make_django_ready()

    from actors.relay import main as relay  # noqa: PLC0415 - after Django is ready
    from automate.kernel.sql import fetch  # noqa: PLC0415
    from automate.outbox.dispatching import claims as dispatching  # noqa: PLC0415
    from automate.outbox.jobs import DispatchedJob, DispatchRound, LaterTurn  # noqa: PLC0415

    statement = f"""
        WITH picked AS (
            SELECT j.id FROM outbox_job j WHERE j.open AND j.due_at <= now() AND {dispatching.TAKEABLE}
            AND j.tenant_id <> ALL (ARRAY(SELECT tenant_id FROM outbox_lane WHERE paused))
            ORDER BY j.due_at LIMIT %(room)s FOR UPDATE SKIP LOCKED
        )
        UPDATE outbox_job j SET state = 'dispatched', dispatched_at = now() FROM picked WHERE j.id = picked.id
        RETURNING j.id, j.tenant_id, j.topic, j.alone, {dispatching.LATE}, 1, %(waiting)s, 1, %(ms)s
    """
    waits = """
        SELECT id FROM outbox_job
        WHERE id = ANY (%(sent)s) AND state = 'dispatched' AND dispatched_at > now() - make_interval(secs => %(resend)s)
    """
    sent: set[uuid.UUID] = set()

    def in_due_order(
        *,
        window: int,  # noqa: ARG001
        room: float,
        resend_seconds: float,
        after: uuid.UUID,  # noqa: ARG001
        batch: int = 1,  # noqa: ARG001
        debts: Mapping[uuid.UUID, float] = dispatching.NONE,  # noqa: ARG001
        costs: Mapping[uuid.UUID, float] = dispatching.NONE,  # noqa: ARG001
        usual_ms: float = dispatching.JOB_MS,
        reserve: float = 0.0,  # noqa: ARG001
        skipped: Sequence[LaterTurn] = (),  # noqa: ARG001
    ) -> DispatchRound:
        sent.intersection_update([job_id for (job_id,) in fetch(waits, {"resend": resend_seconds, "sent": list(sent)})])
        waiting = len(sent) * usual_ms
        if waiting >= room:
            return DispatchRound([], [], False, waiting)
        free = math.ceil((room - waiting) / usual_ms)
        rows = fetch(statement, {"room": free, "resend": resend_seconds, "waiting": waiting, "ms": usual_ms})
        sent.update(row[0] for row in rows)
        return DispatchRound([DispatchedJob(*row) for row in rows], [], False, waiting)

    dispatching.dispatch = in_due_order
    relay.run()


if __name__ == "__main__":
    main()
