"""Sweep as the scheduler does, as if years had passed, until somebody ends it: ``python -m tests.support.sweeping_process [MISCHIEF]``."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import Any

import django


def apart(work: Any, removals: Sequence[str], **values: Any) -> int:
    """The sabotaged removal: what was removed of some tables is committed before the rest, and the process dies in between."""
    REMOVE(work, removals[:4], **values)
    work.cursor.execute("COMMIT")
    os.kill(os.getpid(), signal.SIGKILL)
    return 0


REMOVE: Any = None


def main() -> None:
    global REMOVE  # noqa: PLW0603 - what is sabotaged is called
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "automate.project.settings")
    django.setup()
    from tenants.sweeping import claims, sweeper
    from tenants.sweeping import step_queries as steps

    before_of = claims.before_of
    claims.before_of = lambda days, now, young_seconds: before_of(days, now + timedelta(days=1_000), young_seconds)
    steps.feed_seconds = lambda: -1_000_000
    steps.FIRST_ROWS = steps.MOST_ROWS = steps.LEAST_ROWS = 5
    REMOVE = steps.BatchInput.remove
    if sys.argv[1:] == ["apart"]:
        steps.BatchInput.remove = apart  # type: ignore[method-assign, assignment]
    sweeping = sweeper.Sweeper()
    print("ready", flush=True)
    while True:
        sweeping.sweep(1.0)


if __name__ == "__main__":
    main()
