"""Writes new approvals with their mails, and ends approvals."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from automate.audit import services as audit
from automate.kernel.ids import new_id
from automate.kernel.json_values import JsonValue
from automate.kernel.tenancy import current_tenant
from automate.kernel.trace import child_of, tracing
from automate.kernel.transactions import after_commit
from automate.mail.transitions import MAX_ATTEMPTS
from automate.outbox import claims
from automate.outbox.wakeups import wake_relay
from automate.runs import states
from automate.runs.advance import Advance
from automate.runs.approvals import transitions
from automate.runs.approvals.transitions import Ended
from automate.workflows.flow_steps.outcomes import outcome_named

APPROVAL_NOTIFY = "approval.notify"
"""The topic of its jobs."""


def write(rounds: Sequence[Advance]) -> None:
    """Store the approvals that ``rounds`` change. Write an audit entry for each expired approval."""
    if any(this.changes.approvals for this in rounds):
        transitions.forget()
    _notify(rounds)
    traces = {step_id: this.run.trace_id for this in rounds for step_id in this.changes.ended_approvals}
    if not traces:
        return
    ended = transitions.end({key: state for this in rounds for key, state in this.changes.ended_approvals.items()})
    audit.record_all([_entry(one, traces[one.id]) for one in ended if one.state == states.EXPIRED])


def _notify(rounds: Sequence[Advance]) -> None:
    jobs = [
        (new_id(), asked.step_id, this.run.trace_id)
        for this in rounds
        for asked in this.changes.approvals
        if asked.notify
    ]
    if jobs:
        claims.enqueue(current_tenant().id, APPROVAL_NOTIFY, jobs, max_attempts=MAX_ATTEMPTS)
        after_commit(wake_relay)


def _entry(ended: Ended, trace_id: str) -> Mapping[str, JsonValue]:
    changes: audit.Changes = {
        "outcome": (None, outcome_named(ended.on_expiry)),
        "shown_sha256": (None, ended.shown_sha256),
        "state": (states.PENDING, ended.state),
    }
    with tracing(child_of(trace_id)):
        return audit.entry("approval.expire", "approval", ended.id, ended.title, changes)
