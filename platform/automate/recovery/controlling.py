"""Cancel, pause and resume runs by hand. Ids of nothing, and runs that have ended, are errors; the rest goes through."""

from __future__ import annotations

import uuid
from collections.abc import Callable, Collection, Sequence
from functools import partial

from automate.audit import services as audit
from automate.kernel.errors import NormalizedError
from automate.kernel.limits import LIMITS
from automate.kernel.text import check_text
from automate.recovery import transitions
from automate.recovery.once import Outcome, distinct, once, unknown
from automate.runs import control, states

Named = Sequence[uuid.UUID | None]
"""Run ids in the order in which they were named; None for text that is no id of ours."""

Act = Callable[[Sequence[uuid.UUID], str], list[uuid.UUID]]

_STOPPED = frozenset({states.CANCELLING, states.CANCELLED})


def cancel_runs(named: Named, reason: str, idempotency_key: str | None = None) -> Outcome:
    """Cancel runs. One that is cancelled already is no error. Raises NormalizedError for the request itself."""
    return _each(
        "cancelRuns", "run.cancel", named, reason, idempotency_key, control.cancel, fine=_STOPPED, verb="cancelled"
    )


def pause_runs(named: Named, reason: str, idempotency_key: str | None = None) -> Outcome:
    """Let runs start nothing more until they are resumed; their calls under way end first. Their time goes on."""
    fine = {states.PAUSED}
    return _each("pauseRuns", "run.pause", named, reason, idempotency_key, control.pause, fine=fine, verb="paused")


def resume_runs(named: Named, reason: str, idempotency_key: str | None = None) -> Outcome:
    """Let paused runs go on, each as soon as its workflow is not paused either. One that is not paused is no error."""
    fine = states.RUN_UNDER_WAY
    return _each("resumeRuns", "run.resume", named, reason, idempotency_key, control.resume, fine=fine, verb="resumed")


def _each(  # noqa: PLR0917 - what tells the three verbs apart
    operation: str,
    action: str,
    named: Named,
    reason: str,
    idempotency_key: str | None,
    act: Act,
    *,
    fine: Collection[str],
    verb: str,
) -> Outcome:
    """fine: the states in which a run needs nothing done to it."""
    check_text(reason, path=["reason"], most=LIMITS.text_characters)
    places = distinct(named)
    wanted = [run_id for _, run_id in places if run_id is not None]

    def perform() -> Outcome:
        done, now = _act(action, act, wanted, reason)
        outcome = Outcome()
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
    """Cancel runs in a transaction that holds a job. Returns those that it was news to, and why others cannot be any more;
    of the rest there is nothing left to cancel. Raises slots.KeysBusyError.
    """
    done, now = _act("run.cancel", partial(control.cancel, wait=False), run_ids, reason)
    late = {run_id: state for run_id, state in now.items() if run_id not in done and state not in _STOPPED}
    return done, {run_id: _too_late(0, state, "cancelled") for run_id, state in late.items()}


def _act(
    action: str, act: Act, run_ids: Sequence[uuid.UUID], reason: str
) -> tuple[set[uuid.UUID], dict[uuid.UUID, str]]:
    """Those that it was news to, and the states of all that exist. Writes its audit."""
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
    ended = "The run is being cancelled" if state == states.CANCELLING else f"The run has ended {state}"
    return NormalizedError(
        "CONFLICT", f"{ended}: it cannot be {verb} any more.", details={"state": state}, path=["runs", place]
    )
