"""Creates runs that do not start yet. Each run waits for its turn in the queue of a window."""

from __future__ import annotations

from collections.abc import Sequence

from automate.outbox import transitions as jobs
from automate.rules.new_runs import NewRun
from automate.rules.windows.words import TURN
from automate.runs.services import create_runs


def queue_runs(runs: Sequence[NewRun]) -> None:
    # Requires a transaction.
    create_runs(runs)
    jobs.park({run.run_id: None for run in runs}, TURN)
