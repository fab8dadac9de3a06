"""Sweep as the scheduler does, as if years had passed, until somebody ends it: ``python -m tests.support.sweeping_process [MISCHIEF]``."""

from __future__ import annotations

import os
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import django


def apart(work: Any, removals: Sequence[str], **values: Any) -> int:
    """The sabotaged removal: each table in a transaction of its own."""
    from tenants.sweeping import step_queries as steps
    from tenants.sweeping import transitions

    gone = 0
    for removal in removals:
        gone += REMOVE(work, [removal], **values)
        work.cursor.execute("COMMIT")
        work.cursor.execute("BEGIN")
        work.cursor.execute(transitions.BEGIN)
    assert steps.Work.remove is apart
    return gone


REMOVE: Any = None


def main() -> None:
    global REMOVE  # noqa: PLW0603 - what is sabotaged is called
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    django.setup()
    from tenants.sweeping import claims, sweeper
    from tenants.sweeping import step_queries as steps

    before_of = claims.before_of
    claims.before_of = lambda days, now, young: before_of(days, now + timedelta(days=1_000), young)
    steps.feed_seconds = lambda: -1_000_000
    steps.FIRST_ROWS = steps.MOST_ROWS = steps.LEAST_ROWS = 5
    REMOVE = steps.Work.remove
    if sys.argv[1:] == ["apart"]:
        steps.Work.remove = apart  # type: ignore[method-assign]
    sweeping = sweeper.Sweeper()
    print("ready", flush=True)
    while True:
        sweeping.sweep(1.0)


if __name__ == "__main__":
    main()
