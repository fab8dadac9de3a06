"""One tenant's backlog, and another tenant's events beside it: ``python -m tests.support.flood NOISY QUIET EVENTS``.

Prints as JSON: the seconds that the backlog took; of each run of the quiet tenant beside it, sorted, the start delay
(``delays``) and how many of the noisy tenant's events were matched while it waited (``overtaken``). The delay follows the pace of the
machine. The count does not.
"""

from __future__ import annotations

import json
import sys
import time
import uuid
from bisect import bisect_left, bisect_right
from collections.abc import Callable
from datetime import datetime

import django

WARM_SECONDS, EVERY_SECONDS, GIVE_UP_SECONDS, LOOK_SECONDS = 1.0, 0.25, 100.0, 0.02
OPEN = "SELECT EXISTS (SELECT 1 FROM outbox_job WHERE open)"
WAITS = """
SELECT e.received_at, r.started_at FROM execution_run r JOIN event e ON e.id = r.event_id
WHERE e.id = ANY (%s) AND r.started_at IS NOT NULL
"""
MATCHED = "SELECT created_at FROM execution_run ORDER BY 1"


def main(noisy_slug: str, quiet_slug: str, events: int) -> None:
    django.setup()

    from automate.kernel.roles import DIRECTORY_ROLE
    from automate.kernel.sql import fetch
    from automate.kernel.tenancy import TenantRef, acting_for, acting_for_platform
    from automate.outbox.wakeups import wake_relay
    from bench.tenant import accept, close_lane, log_step, set_up
    from tenants.queries import find_by_slug

    def known(slug: str) -> TenantRef:
        with acting_for_platform("find the tenants of a flood", DIRECTORY_ROLE):
            found = find_by_slug(slug)
        assert found is not None
        return found.ref

    noisy, quiet = known(noisy_slug), known(quiet_slug)
    for tenant in (noisy, quiet):
        set_up(tenant, "flood", [log_step("note")])

    def waits(over: Callable[[], bool]) -> list[tuple[datetime, datetime]]:
        sent: list[uuid.UUID] = []
        deadline = time.monotonic() + GIVE_UP_SECONDS
        while not over():
            sent += accept(quiet, "flood", 1)
            wake_relay()
            due = time.monotonic() + EVERY_SECONDS
            while not over() and time.monotonic() < due:
                time.sleep(LOOK_SECONDS)
            assert time.monotonic() < deadline
        with acting_for(quiet):
            while len(found := fetch(WAITS, [sent])) < len(sent):
                assert time.monotonic() < deadline, f"{len(found)} of {len(sent)} runs began"
                time.sleep(LOOK_SECONDS)
        return [(received, started) for received, started in found]

    def drained() -> bool:
        with acting_for(noisy):
            return not fetch(OPEN)[0][0]

    warm_until = time.monotonic() + WARM_SECONDS
    waits(lambda: time.monotonic() > warm_until)
    close_lane(noisy, paused=True)
    accept(noisy, "flood", events)
    close_lane(noisy, paused=False)
    began = time.monotonic()
    wake_relay()
    beside = waits(drained)
    seconds = time.monotonic() - began
    with acting_for(noisy):
        matched = [at for (at,) in fetch(MATCHED)]
    found = {
        "seconds": seconds,
        "delays": sorted((started - received).total_seconds() for received, started in beside),
        "overtaken": sorted(
            bisect_left(matched, started) - bisect_right(matched, received) for received, started in beside
        ),
    }
    print(json.dumps(found))


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2], int(sys.argv[3]))
