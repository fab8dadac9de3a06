"""Creates runs that wait in the queue of a window until it is their turn."""

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
