"""Queues a mail for each recipient of an approval or of an invitation."""

from __future__ import annotations

from collections.abc import Sequence

from automate.audit import services as audit
from automate.kernel.tenancy import current_tenant
from automate.kernel.trace import child_of, tracing
from automate.kernel.transactions import in_transaction
from automate.mail import transitions as mails
from automate.mail.models import APPROVAL, INVITATION
from automate.outbox import claims
from automate.outbox.jobs import ClaimedJob
from automate.runs import states
from automate.runs.approvals.queries import ApprovalRow, approvals_by_id
from automate.runs.run_set import RunSet
from automate.runs.step_call import StepCall
from tenants.people import queries
from tenants.people.queries import OPEN, MemberRow


def recipients_of(approval: ApprovalRow) -> list[MemberRow]:
    # Their role or their address gives them this right.
    return queries.active_members(current_tenant().id, approval.roles, approval.members)


def notify_approvals(_run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    """Queue a mail for each recipient of the approvals.

    Returns an empty list of calls, because mails are sent without a connector.
    """
    with in_transaction():
        held = claims.finish(jobs)
        found = approvals_by_id([job.subject_id for job in jobs if job.id in held])
        for job in jobs:
            approval = found.get(job.subject_id)
            if job.id in held and approval is not None and approval.state == states.PENDING:
                _notify(approval, job.trace_id)
    return []


def _notify(approval: ApprovalRow, trace_id: str) -> None:
    barred = {hand for hand in approval.caused_by if hand.startswith("person ")}
    members = [member for member in recipients_of(approval) if f"person {member.user_id}" not in barred]
    with tracing(child_of(trace_id)):
        queued = mails.queue(APPROVAL, approval.id, [member.email for member in members])
        audit.record("approval.notify", "approval", approval.id, approval.title, {"recipients": (None, queued)})


def notify_invitations(_run_set: RunSet, jobs: Sequence[ClaimedJob]) -> list[StepCall]:
    """Queue the mails of the invitations.

    Returns an empty list of calls, because mails are sent without a connector.
    """
    tenant = current_tenant()
    with in_transaction():
        held = claims.finish(jobs)
        for job in jobs:
            invitation = queries.invitation_of(tenant.id, job.subject_id) if job.id in held else None
            if invitation is not None and invitation.state == OPEN:
                with tracing(child_of(job.trace_id)):
                    mails.queue(INVITATION, invitation.id, [invitation.email], serial=invitation.serial)
    return []
