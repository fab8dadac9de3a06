"""Cancels, pauses and resumes runs on request."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from functools import partial

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.text import check_text
from automate.recovery import transitions
from automate.recovery.once import OperationResult, distinct, once, unknown
from automate.runs import control, states

Named = Sequence[uuid.UUID | None]
"""Run ids in the given order; None for text that is not a valid id."""

Act = Callable[[Sequence[uuid.UUID], str], list[uuid.UUID]]

_STOPPED = frozenset({states.CANCELLING, states.CANCELLED})


def cancel_runs(named: Named, reason: str, idempotency_key: str | None = None) -> OperationResult:
    """Cancel runs. A run that is already cancelled causes no error. Raises NormalizedError for an invalid request."""
    return _each(
        "cancelRuns", "run.cancel", named, reason, idempotency_key, control.cancel, fine=_STOPPED, verb="cancelled"
    )


def pause_runs(named: Named, reason: str, idempotency_key: str | None = None) -> OperationResult:
    """Pause runs. Calls in flight still end. A pause does not extend the timeouts of a run."""
    fine = {states.PAUSED}
    return _each("pauseRuns", "run.pause", named, reason, idempotency_key, control.pause, fine=fine, verb="paused")


def resume_runs(named: Named, reason: str, idempotency_key: str | None = None) -> OperationResult:
    """Resume paused runs. If the workflow of a run is paused, the run continues only when the workflow is resumed."""
    fine = states.RUN_UNDER_WAY
    return _each("resumeRuns", "run.resume", named, reason, idempotency_key, control.resume, fine=fine, verb="resumed")


def _each(  # noqa: PLR0917 - the parts in which the three operations differ
    operation: str,
    action: str,
    named: Named,
    reason: str,
    idempotency_key: str | None,
    act: Act,
    *,
    fine: Collection[str],
    verb: str,
) -> OperationResult:
    # A run in one of the states `fine` needs no change.
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    places = distinct(named)
    wanted = [run_id for _, run_id in places if run_id is not None]

    def perform() -> OperationResult:
        done, now = _act(action, act, wanted, reason)
        outcome = OperationResult()
        for place, run_id in places:
            if run_id is None or run_id not in now:
                outcome.errors.append(unknown(place))
                continue
            outcome.run_ids.append(run_id)
            if run_id not in done and now[run_id] not in fine:
                outcome.errors.append(_too_late(place, now[run_id], verb))
        return outcome

    content = {"runs": [str(run_id) for run_id in named], "reason": reason}
    return once(operation, idempotency_key, content, perform)


def cancel_all(run_ids: Sequence[uuid.UUID], reason: str) -> tuple[set[uuid.UUID], dict[uuid.UUID, NormalizedError]]:
    """Cancel runs, but do not wait for locked concurrency keys.

    The caller's transaction has locked a job, so waiting could cause a deadlock. Raises slots.KeysBusyError
    if another transaction has locked a concurrency key.
    """
    # Returns the cancelled runs, and an error for each run that can no longer be cancelled.
    done, now = _act("run.cancel", partial(control.cancel, wait=False), run_ids, reason)
    late = {run_id: state for run_id, state in now.items() if run_id not in done and state not in _STOPPED}
    return done, {run_id: _too_late(0, state, "cancelled") for run_id, state in late.items()}


def _act(
    action: str, act: Act, run_ids: Sequence[uuid.UUID], reason: str
) -> tuple[set[uuid.UUID], dict[uuid.UUID, str]]:
    # Returns the changed runs, and the states of all runs that exist.
    done = set(act(run_ids, reason))
    now = transitions.states_of(run_ids)
    entries = [
        audit.entry(action, "execution_run", run_id, "", {"state": (None, now[run_id]), "reason": (None, reason)})
        for run_id in run_ids
        if run_id in done
    ]
    audit.record_all(entries)
    return done, now


def _too_late(place: int, state: str, verb: str) -> NormalizedError:
    why = "it is already being cancelled" if state == states.CANCELLING else f"it has ended with the state {state}"
    return NormalizedError(
        "CONFLICT", f"The run can no longer be {verb}, because {why}.", details={"state": state}, path=["runs", place]
    )
